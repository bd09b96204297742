/**
 * `timestamp(text)` for every time of RFC 3339.
 *
 * The library's own takes texts of at most 30 characters; microseconds with an
 * offset have 32. It can't be replaced, so calls are made to one of another name.
 *
 * @module
 */

import type { Environment } from "@marcbachmann/cel-js";
import { LineProblem } from "./verdict.ts";

/** What a call of `timestamp` is made to call; no name a user would think of. */
export const TIMESTAMP = "timestamp_";

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Adds the function. */
export function registerTimestamp(environment: Environment): void {
  const type = "google.protobuf.Timestamp";
  environment.registerFunction(`${TIMESTAMP}(string): ${type}`, parseTime);
  environment.registerFunction(
    `${TIMESTAMP}(int): ${type}`,
    (seconds: bigint) => inRange(new Date(Number(seconds) * 1000)),
  );
}

/** Renames the calls in an expression that was parsed, but not checked yet. */
export function renameTimestampCalls(node: unknown): void {
  if (Array.isArray(node)) return node.forEach(renameTimestampCalls);
  if (typeof node !== "object" || node === null || !("op" in node)) return;
  const { op, args } = node as { op: string; args: unknown };
  if (op === "call" && Array.isArray(args) && args[0] === "timestamp") {
    args[0] = TIMESTAMP;
  }
  renameTimestampCalls(args);
}

/** JavaScript would take February 30 for March 1. */
function parseTime(text: string): Date {
  const match = RFC_3339.exec(text);
  const [year, month, day] = match?.slice(1).map(Number) ?? [];
  const isDay = match !== null &&
    new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return inRange(new Date(isDay ? text.toUpperCase() : NaN));
}

function inRange(time: Date): Date {
  const year = time.getUTCFullYear();
  if (year >= 1 && year <= 9999) return time;
  throw new LineProblem(
    "timestamp() needs a time such as 2024-05-01T12:00:00Z",
  );
}
