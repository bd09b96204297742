/**
 * A rejected envelope as a dead letter: its own bytes, and why it was refused.
 *
 * `data` and `metadata` are spliced in as they were, not serialised again, so no
 * digit and no key is lost. What is no envelope goes as `raw` in base64; what an
 * input says of something that it could make no envelope of stands there readable,
 * too.
 *
 * @module
 */

import { isJsonObject, tryParseJson } from "../../base/json.ts";
import { findMember } from "../../base/json_member.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** What is said of a dead letter. */
export interface DeadLetterReason {
  readonly reason: string;
  readonly code?: string;
  readonly task: string;
  readonly output: string;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The dead letter's line, line feed included. */
export function formatDeadLetter(
  line: Uint8Array,
  reason: DeadLetterReason,
): Uint8Array {
  const said = describe(reason);
  const text = decode(line);
  const spliced = text === undefined
    ? undefined
    : spliceIn(text, JSON.stringify(said));
  return encoder.encode(`${spliced ?? raw(line, text ?? "", said)}\n`);
}

/** `undefined` for bytes that no text has: as text they would come back changed. */
function decode(line: Uint8Array): string | undefined {
  try {
    return decoder.decode(line);
  } catch {
    return undefined;
  }
}

function describe(reason: DeadLetterReason) {
  const { reason: why, code, task, output, runId, atMs } = reason;
  return { reason: why, code, task, output, run_id: runId, at: timeOf(atMs) };
}

let lastTime = { atMs: NaN, text: "" };

/** Thousands of letters are of one millisecond. */
function timeOf(atMs: number): string {
  if (lastTime.atMs !== atMs) {
    lastTime = { atMs, text: new Date(atMs).toISOString() };
  }
  return lastTime.text;
}

function raw(
  line: Uint8Array,
  text: string,
  said: ReturnType<typeof describe>,
): string {
  const whole = { ...said, raw: line.toBase64?.() ?? base64(line) };
  const member = `"dead_letter":${JSON.stringify(whole)}`;
  return `{"data":null,"metadata":{${toldIn(text)}${member}}}`;
}

/** What an input says of something that it could make no envelope of: to be read. */
function toldIn(text: string): string {
  const line = tryParseJson(text);
  if (!isJsonObject(line) || !isJsonObject(line.metadata)) return "";
  if (typeof line.metadata.problem !== "string") return "";
  const { valueStart, end } = findMember(text, 0, "metadata")!;
  return `${text.slice(valueStart + 1, end - 1)},`;
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

/** `undefined` when the text is no envelope. */
function spliceIn(text: string, deadLetter: string): string | undefined {
  const envelope = tryParseJson(text);
  if (!isJsonObject(envelope) || !("data" in envelope)) return undefined;
  const member = `"dead_letter":${deadLetter}`;
  if (envelope.metadata === undefined) {
    const end = text.lastIndexOf("}");
    return `${text.slice(0, end)},"metadata":{${member}}}`;
  }
  if (!isJsonObject(envelope.metadata)) return undefined;
  const { end } = findMember(text, 0, "metadata")!;
  const comma = Object.keys(envelope.metadata).length > 0 ? "," : "";
  return `${text.slice(0, end - 1)}${comma}${member}${text.slice(end - 1)}`
    .trimEnd();
}
