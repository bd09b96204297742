/**
 * Start lines as different CLIs write them.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";

/** What our CLI offers. */
export const OFFER: JsonObject = {
  version: 2,
  features: ["ack", "state", "schema"],
  window: { bytes: 26_843_545, envelopes: 80_000 },
};

/** The oldest form: the config alone. */
export function rawLine(config: JsonObject): string {
  return `${JSON.stringify(config)}\n`;
}

/** Version 1, as upstream's CLI writes it. */
export function version1Line(config: JsonObject, command = "run"): string {
  return `${JSON.stringify({ command, config })}\n`;
}

/** Version 2, as our CLI writes it. */
export function version2Line(
  config: JsonObject,
  more: {
    readonly command?: string;
    readonly resume?: Json;
    readonly protocol?: JsonObject;
  } = {},
): string {
  const { command = "run", protocol = OFFER, resume } = more;
  const task = { name: "conformance", run_id: "01JD0000000000000000000000" };
  return `${
    JSON.stringify({
      command,
      config,
      protocol,
      ...(resume === undefined ? {} : { resume }),
      task,
    })
  }\n`;
}

/** A line of stdout taken apart. */
export type Line =
  | { readonly kind: "control"; readonly record: JsonObject }
  | { readonly kind: "other"; readonly text: string };

/** A line that begins with 0x1E must be a record. */
export function readLine(text: string): Line {
  if (!text.startsWith("\x1e")) return { kind: "other", text };
  return { kind: "control", record: JSON.parse(text.slice(1)) };
}

/** The record of a control line, or `undefined` for any other line. */
export function recordOf(text: string): JsonObject | undefined {
  const line = readLine(text);
  return line.kind === "control" ? line.record : undefined;
}
