/**
 * The start line: the first line on a provider's stdin.
 *
 * @module
 */

import type { Json, JsonObject } from "./envelope.ts";

/** What a provider is asked to do. */
export type CommandName = "run" | "init" | "plan" | "status" | "destroy";

/** All of them, in the order they are used. */
export const COMMAND_NAMES: readonly CommandName[] = [
  "run",
  "init",
  "plan",
  "status",
  "destroy",
];

/** The version this code speaks. */
export const PROTOCOL_VERSION = 2;

/** What both sides may have agreed on; unknown names are ignored. */
export type Feature = "ack" | "state";

/** The CLI's offer of version 2. */
export interface ProtocolOffer {
  readonly version: number;
  readonly features: readonly string[];
  readonly window?: { readonly bytes: number; readonly envelopes: number };
}

/** The start line taken apart. */
export interface StartCommand {
  readonly command: CommandName;
  readonly config: JsonObject;
  /** Absent: version 1, no control record may be written. */
  readonly protocol?: ProtocolOffer;
  /** The stored state to go on from. */
  readonly resume?: Json;
  readonly task?: { readonly name: string; readonly run_id: string };
  /** The oldest form: the whole line was the config; print no handshake. */
  readonly isRaw: boolean;
}

/** What the CLI writes; `configJson` is spliced in so that digits survive. */
export interface StartLine {
  readonly command: CommandName;
  /** One JSON object, as text. */
  readonly configJson: string;
  readonly protocol?: ProtocolOffer;
  readonly resume?: Json;
  readonly task?: { readonly name: string; readonly runId: string };
}

/** The line for a provider of version 1 or 2, without its line feed. */
export function formatStartLine(start: StartLine): string {
  const parts = [
    `"command":${JSON.stringify(start.command)}`,
    `"config":${start.configJson}`,
  ];
  if (start.protocol !== undefined) {
    parts.push(`"protocol":${JSON.stringify(start.protocol)}`);
  }
  if (start.resume !== undefined) {
    parts.push(`"resume":${JSON.stringify(start.resume)}`);
  }
  if (start.task !== undefined) {
    const { name, runId } = start.task;
    parts.push(`"task":${JSON.stringify({ name, run_id: runId })}`);
  }
  return `{${parts.join(",")}}`;
}
