/**
 * Colours, for terminals whose user did not ask for none.
 *
 * @module
 */

import type { CliDeps, Sink } from "../deps.ts";

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 };

/** A colour's name. */
export type Colour = keyof typeof CODES;

/** Paints or leaves alone, decided once. */
export type Paint = (colour: Colour, text: string) => string;

/** Paints nothing. */
export const plain: Paint = (_colour, text) => text;

/** @see https://no-color.org: any value but the empty one counts. */
export function paintFor(sink: Sink, env: CliDeps["env"]): Paint {
  return hasColours(sink, env)
    ? (colour, text) => `\x1b[${CODES[colour]}m${text}\x1b[0m`
    : plain;
}

/** Whether a sink shows colours. */
export function hasColours(sink: Sink, env: CliDeps["env"]): boolean {
  return sink.isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
}
