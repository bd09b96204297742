/**
 * The start line: the first line on a provider's stdin.
 *
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import { DstreamError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
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
export type Feature = "ack" | "state" | "schema";

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

/**
 * Reads a start line in either form.
 *
 * @param text The first line on stdin; its line feed and a byte order mark are
 * ignored.
 * @throws {DstreamError} `protocol.start_line_invalid` for what is no JSON object,
 * `protocol.command_invalid` for a command that makes no sense. The line is never
 * quoted: it may hold secrets.
 *
 * @example
 * ```ts
 * import { parseStartLine } from "./command.ts";
 *
 * if (!parseStartLine('{"interval":10}').isRaw) throw new Error();
 * ```
 */
export function parseStartLine(text: string): StartCommand {
  const parsed = tryParseObject(text.replace(/^\uFEFF/, ""));
  const line = parsed as JsonObject | undefined;
  if (line === undefined) {
    throw new DstreamError(
      "protocol.start_line_invalid",
      "the first line on stdin is not a JSON object",
      { hint: "send the config block as one line of JSON, at least {}" },
    );
  }
  if (line.command === undefined) {
    return { command: "run", config: line, isRaw: true };
  }
  const { resume } = line;
  const task = line.task as StartCommand["task"];
  return {
    command: toCommand(line.command),
    config: toConfig(line.config),
    isRaw: false,
    ...toOffer(line.protocol),
    ...(resume === undefined ? {} : { resume }),
    ...(isJsonObject(task) ? { task } : {}),
  };
}

function toCommand(value: Json): CommandName {
  const command = COMMAND_NAMES.find((name) => name === value);
  if (command !== undefined) return command;
  const shown = JSON.stringify(value).slice(0, 60);
  const known = `commands: ${COMMAND_NAMES.join(", ")}`;
  throw invalid(
    `unknown command ${shown}`,
    didYouMean(shown.replaceAll('"', ""), COMMAND_NAMES, known),
  );
}

function toConfig(value: Json | undefined): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw invalid("`config` in the start line is not an object");
}

function toOffer(value: Json | undefined): { protocol?: ProtocolOffer } {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value) || !isCount(value.version) || value.version < 1) {
    throw invalid("`protocol` in the start line has no version from 1 up");
  }
  const features = Array.isArray(value.features) ? value.features : [];
  return {
    protocol: {
      version: value.version,
      features: features.filter((name) => typeof name === "string"),
      ...toWindow(value.window),
    },
  };
}

function toWindow(value: Json | undefined): Pick<ProtocolOffer, "window"> {
  if (!isJsonObject(value)) return {};
  const { bytes, envelopes } = value;
  return isCount(bytes) && isCount(envelopes)
    ? { window: { bytes, envelopes } }
    : {};
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(message: string, hint?: string): DstreamError {
  return new DstreamError("protocol.command_invalid", message, { hint });
}
