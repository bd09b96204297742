/**
 * An answer → its records.
 *
 * @module
 */

import { FinalError, type Json, parseExactJson } from "@dstream/sdk";
import { type Scrubber, shownUrl, type WebResponse } from "../../web/mod.ts";
import { isRecord } from "./exact.ts";

/** An answer, read. */
export interface Answer {
  /** The whole of it; undefined of JSON Lines. */
  readonly whole: Json | undefined;
  readonly records: readonly Json[];
}

/** How an answer is read. */
export interface RecordsAt {
  readonly records?: string;
  readonly format?: "auto" | "json" | "json_lines";
}

/** @throws {FinalError} For one that is no JSON, or has nothing at the path. */
export function readAnswer(
  response: WebResponse,
  { records: path = "", format = "auto" }: RecordsAt,
  scrubber: Scrubber,
): Answer {
  const text = decode(response);
  if (format === "json_lines" || (format === "auto" && isJsonLines(response))) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return {
      whole: undefined,
      records: lines.map((line) => parse(line, response, scrubber)),
    };
  }
  const whole = text.trim() === "" ? [] : parse(text, response, scrubber);
  return { whole, records: recordsAt(whole, path, response) };
}

function decode(response: WebResponse): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(response.bytes);
  } catch {
    throw unreadable(response, "is not UTF-8");
  }
}

function isJsonLines({ headers }: WebResponse): boolean {
  return /ndjson|jsonl|json-?lines|json-seq/i.test(
    headers.get("content-type") ?? "",
  );
}

function parse(text: string, response: WebResponse, scrubber: Scrubber): Json {
  try {
    return parseExactJson(text);
  } catch {
    const kind = /^\s*</.test(text) ? "is HTML or XML, not JSON" : "is no JSON";
    const said = scrubber.quote(response.bytes.subarray(0, 300));
    throw unreadable(response, `${kind}: ${said}`);
  }
}

function unreadable({ url, status }: WebResponse, what: string): FinalError {
  return new FinalError(
    "rest.answer_invalid",
    `the answer (${status}) of ${shownUrl(url)} ${what}`,
    { key: "endpoint", hint: "is this the address of the API itself?" },
  );
}

/** `a.b`, `a.*.b`; a list is its elements, an object one record, null none. */
function recordsAt(
  whole: Json,
  path: string,
  { url }: WebResponse,
): readonly Json[] {
  let at: Json[] = [whole];
  const steps = path.split(".").filter(Boolean);
  for (const [index, step] of steps.entries()) {
    at = at.flatMap((value) => inside(value, step, steps.slice(0, index), url));
  }
  return at.flatMap((value) => value === null ? [] : value);
}

function inside(
  value: Json,
  step: string,
  before: readonly string[],
  url: URL,
): Json[] {
  if (step === "*") {
    if (Array.isArray(value)) return value as Json[];
    if (isRecord(value)) return Object.values(value);
  } else if (isRecord(value) && Object.hasOwn(value, step)) {
    return [value[step]!];
  }
  if (value === null) return [];
  const place = before.length === 0 ? "the answer" : `"${before.join(".")}"`;
  const names = isRecord(value) ? Object.keys(value).slice(0, 12) : [];
  throw new FinalError(
    "rest.no_records",
    `${place} of ${shownUrl(url)} has no "${step}"` +
      (names.length === 0 ? "" : `; it has ${names.join(", ")}`),
    { key: "records" },
  );
}
