/**
 * Control records of version 2: one line, 0x1E and then a JSON object.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Json, Position } from "./envelope.ts";
import type { RawSchema } from "./schema.ts";

/** A rejected envelope: it can't be delivered however often it is tried. */
export interface Rejection {
  readonly seq: Position;
  readonly reason: string;
  readonly code?: string;
}

/** What an output tells the CLI. */
export type OutputRecord =
  | { readonly hello: { readonly version: number } }
  | { readonly ack: Position }
  | { readonly reject: Rejection }
  | { readonly error: FinalFailure };

/** What an input tells the CLI. */
export type InputRecord =
  | { readonly hello: { readonly version: number } }
  | { readonly end: true }
  | { readonly error: FinalFailure }
  | { readonly state: Json }
  | { readonly schema: RawSchema }
  | { readonly progress: Progress };

/** A provider can't go on, however often it is started. */
export interface FinalFailure {
  readonly message: string;
  /** Whose fault it is in the config block, such as `config.path`. */
  readonly path?: string;
}

/** What the CLI tells an input. */
export type CliRecord = { readonly ack: Position } | { readonly stop: true };

/** What the CLI tells an output that holds back: what it has must be durable now. */
export interface FlushRecord {
  readonly flush: true;
}

/** Shown to the user. */
export interface Progress {
  /** Empty: nothing to show, there are only numbers for the metrics. */
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
  /** More numbers, by name with its unit: `retained_bytes`. */
  readonly gauges?: Readonly<Record<string, number>>;
}

/** The record's bytes, 0x1E and line feed included. */
export function formatControl(
  record: OutputRecord | InputRecord | CliRecord | FlushRecord,
): Uint8Array {
  const text = "schema" in record
    ? record.schema.record
    : JSON.stringify(record);
  return new TextEncoder().encode(`\x1e${text}\n`);
}

/**
 * Reads a line from the CLI to an input.
 *
 * @param line With or without its line feed; 0x1E is its first byte.
 * @returns `undefined` for a record this version does not know.
 * @throws {DstreamError} `protocol.record_invalid` for what is no JSON object.
 *
 * @example
 * ```ts
 * import { formatControl, parseCliRecord } from "./control.ts";
 *
 * const record = parseCliRecord(formatControl({ ack: 7 }));
 * if (record === undefined || !("ack" in record)) throw new Error();
 * ```
 */
export function parseCliRecord(line: Uint8Array): CliRecord | undefined {
  const record = parseControlObject(line);
  if (record.stop === true) return { stop: true };
  const { ack } = record;
  if (Number.isSafeInteger(ack) && (ack as number) >= 0) {
    return { ack: ack as number };
  }
  return undefined;
}

function parseControlObject(line: Uint8Array): Record<string, Json> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(line);
    const value: Json = JSON.parse(text.slice(1));
    if (text[0] === "\x1e" && typeof value === "object" && value !== null) {
      if (!Array.isArray(value)) return value as Record<string, Json>;
    }
  } catch {
    // The same failure as below.
  }
  throw new DstreamError(
    "protocol.record_invalid",
    `a control record is not a JSON object: ${line.length} bytes`,
  );
}
