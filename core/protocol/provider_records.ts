/**
 * Reading what providers write: control records and handshake lines.
 *
 * Unknown records and fields are ignored, as section 4 of the protocol says;
 * what is not a JSON object after 0x1E fails the task.
 *
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import { DstreamError } from "../base/errors.ts";
import type { Json } from "./envelope.ts";
import { parseExactJson } from "./exact_json.ts";
import type { Handshake, Hold } from "./handshake.ts";
import type { FinalFailure, InputRecord, OutputRecord } from "./control.ts";
import { readRawSchema } from "./schema.ts";

type Fields = Record<string, unknown>;

const GAUGE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const MAX_GAUGES = 16;

/**
 * @param text The record without 0x1E and line feed.
 * @returns `undefined` for a record this version does not know.
 * @throws {DstreamError} `protocol.record_invalid`
 */
export function parseOutputRecord(text: string): OutputRecord | undefined {
  const fields = parseRecord(text);
  if ("hello" in fields) return { hello: readHello(fields.hello, text) };
  if ("ack" in fields) return { ack: readPosition(fields.ack, text) };
  if ("reject" in fields) return { reject: readRejection(fields.reject, text) };
  if ("error" in fields) return { error: readFinalFailure(fields.error, text) };
  return undefined;
}

/** The same for what an input writes. */
export function parseInputRecord(text: string): InputRecord | undefined {
  const fields = parseRecord(text);
  if ("hello" in fields) return { hello: readHello(fields.hello, text) };
  if (fields.end === true) return { end: true };
  if ("error" in fields) return { error: readFinalFailure(fields.error, text) };
  if ("state" in fields) return { state: exactState(text) };
  if ("schema" in fields) return { schema: readRawSchema(text, fields.schema) };
  if ("progress" in fields) return readProgress(fields.progress);
  return undefined;
}

/**
 * A line that claims to be part of a handshake: a JSON object with a `status`.
 *
 * @returns `undefined` when it is anything else.
 * @throws {DstreamError} `protocol.handshake_invalid` for any other status.
 */
export function parseHandshake(line: string): Handshake | undefined {
  if (!line.startsWith("{") || !line.includes('"status"')) return undefined;
  const fields = tryParseObject(line);
  if (fields === undefined || !("status" in fields)) return undefined;
  if (fields.status === "ready") return readReady(fields, line);
  if (fields.status === "error") {
    return {
      status: "error",
      message: String(fields.message ?? "no message"),
      path: typeof fields.path === "string" ? fields.path : undefined,
    };
  }
  throw new DstreamError(
    "protocol.handshake_invalid",
    `unknown status in the handshake line ${quote(line)}`,
    { hint: 'a provider answers {"status":"ready"} or {"status":"error"}' },
  );
}

function readReady(fields: Fields, line: string): Handshake {
  const { protocol, hold } = fields;
  if (protocol === undefined || protocol === null) return { status: "ready" };
  if (!isJsonObject(protocol) || !isCount(protocol.version)) {
    throw new DstreamError(
      "protocol.handshake_invalid",
      `cannot read the protocol version in ${quote(line)}`,
    );
  }
  const features = Array.isArray(protocol.features) ? protocol.features : [];
  return {
    status: "ready",
    protocol: {
      version: protocol.version,
      features: features.filter((f) => typeof f === "string"),
    },
    ...(isJsonObject(hold) ? { hold: readHold(hold, line) } : {}),
  };
}

const HOLD_KEYS = ["bytes", "envelopes", "delay_ms"] as const;

function readHold(hold: Fields, line: string): Hold {
  const read: { -readonly [key in keyof Hold]: Hold[key] } = {};
  for (const key of HOLD_KEYS) {
    const value = hold[key];
    if (value === undefined || value === null) continue;
    if (!isCount(value)) {
      throw new DstreamError(
        "protocol.handshake_invalid",
        `hold.${key} is no whole number in the handshake ${quote(line)}`,
      );
    }
    read[key] = value;
  }
  return read;
}

/** A state comes back to its input just as it was, whatever its numbers. */
function exactState(text: string): Json {
  return (parseExactJson(text) as { readonly state: Json }).state;
}

function readHello(hello: unknown, text: string): { version: number } {
  if (isJsonObject(hello) && isCount(hello.version)) {
    return { version: hello.version };
  }
  throw invalid(text, "hello needs a version");
}

function readPosition(value: unknown, text: string): number {
  if (isCount(value)) return value;
  throw invalid(text, "ack needs a whole number");
}

function readRejection(value: unknown, text: string) {
  if (!isJsonObject(value) || !isCount(value.seq)) {
    throw invalid(text, "reject needs seq, a whole number");
  }
  return {
    seq: value.seq,
    reason: String(value.reason ?? "no reason given"),
    code: typeof value.code === "string" ? value.code : undefined,
  };
}

function readFinalFailure(value: unknown, text: string): FinalFailure {
  if (!isJsonObject(value)) throw invalid(text, "error needs a message");
  return {
    message: String(value.message ?? "no message"),
    path: typeof value.path === "string" ? value.path : undefined,
  };
}

function readProgress(value: unknown): InputRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    progress: {
      message: String(value.message ?? ""),
      done: typeof value.done === "number" ? value.done : undefined,
      total: typeof value.total === "number" ? value.total : undefined,
      ...(isJsonObject(value.gauges) && { gauges: readGauges(value.gauges) }),
    },
  };
}

/** Those that can be a metric; a provider's mistake here harms nobody. */
function readGauges(fields: Fields): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, number] =>
      GAUGE_NAME.test(entry[0]) && Number.isFinite(entry[1])
    ).slice(0, MAX_GAUGES),
  );
}

function parseRecord(text: string): Fields {
  const fields = tryParseObject(text);
  if (fields === undefined) throw invalid(text, "it is not a JSON object");
  return fields;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(text: string, why: string): DstreamError {
  return new DstreamError(
    "protocol.record_invalid",
    `cannot read the control record ${quote(text)}: ${why}`,
  );
}

const LONGEST_QUOTE = 120;

/** A line as an error shows it: short, control characters visible. */
function quote(text: string): string {
  const short = text.length > LONGEST_QUOTE
    ? text.slice(0, LONGEST_QUOTE) + "…"
    : text;
  return JSON.stringify(short);
}
