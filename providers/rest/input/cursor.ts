/**
 * Values that grow: compared as times, numbers or text, and asked for.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import type { CursorConfig } from "./config.ts";
import { valueAt } from "../../web/mod.ts";
import { textOf } from "./exact.ts";

/** One value of a cursor. */
export interface CursorValue {
  /** As the API wrote it. */
  readonly text: string;
  /** Compares as the value does. */
  readonly order: bigint | string;
}

/** How the values of one cursor field are read. */
export class Cursor {
  constructor(readonly config: CursorConfig) {}

  /** The value of a record; undefined where it has none. */
  of(record: unknown): CursorValue | undefined {
    const value = valueAt(record, this.config.field);
    const text = textOf(value);
    return text === undefined ? undefined : this.read(text);
  }

  /** @throws {FinalError} For a text that is no such value. */
  read(text: string): CursorValue {
    const { type, field } = this.config;
    const order = type === "text"
      ? text
      : type === "number"
      ? decimalOrder(text)
      : timeOrder(text);
    if (order !== undefined) return { text, order };
    throw new FinalError(
      "rest.cursor_invalid",
      `${JSON.stringify(text)} in "${field}" is no ${type}`,
      { key: "cursor.type", hint: "is it a time, a number or text?" },
    );
  }

  /** What to ask for to get everything from `value` on. */
  paramOf(value: CursorValue): string {
    const { type, lookbackMs, format } = this.config;
    if (type !== "time") return value.text;
    if (lookbackMs === 0 && format === "as_found") return value.text;
    return this.#timeText(this.reach(value).order as bigint, value.text);
  }

  /** `value`, or as far before it as lookback says. */
  reach(value: CursorValue): CursorValue {
    const { type, lookbackMs } = this.config;
    if (type !== "time" || lookbackMs === 0) return value;
    const order = (value.order as bigint) - BigInt(lookbackMs) * 1_000_000n;
    return { text: value.text, order };
  }

  #timeText(order: bigint, like: string): string {
    switch (this.config.format) {
      case "date":
        return iso(order, 0).slice(0, 10);
      case "unix":
        return String(floorDiv(order, 1_000_000_000n));
      case "unix_ms":
        return String(floorDiv(order, 1_000_000n));
      case "rfc3339":
        return iso(order, 0);
      case "as_found":
        return likeFound(order, like);
    }
  }
}

/** In the form that the records have, at their granularity. */
function likeFound(order: bigint, like: string): string {
  if (/^-?\d+$/.test(like)) {
    return String(floorDiv(order, unixUnit(like)));
  }
  if (/^\d{4}-\d\d-\d\d$/.test(like)) return iso(order, 0).slice(0, 10);
  const digits = /\.(\d+)/.exec(like)?.[1].length ?? 0;
  const text = iso(order, digits);
  return /(Z|[+-]\d\d:?\d\d)$/i.test(like) ? text : text.slice(0, -1);
}

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9})\d*)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Nanoseconds since 1970; without a zone it is UTC. */
function timeOrder(text: string): bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text) * unixUnit(text);
  const match = TIME.exec(text.trim());
  if (match === null) {
    const ms = /[a-z]{3}/i.test(text) ? Date.parse(text) : NaN;
    return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n;
  }
  const [, day, time = "00:00:00", fraction = "", zone = "Z"] = match;
  const clock = time.length === 5 ? `${time}:00` : time;
  const ms = Date.parse(`${day}T${clock}${normalZone(zone)}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

function normalZone(zone: string): string {
  if (/^z$/i.test(zone)) return "Z";
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** Nanoseconds of one: seconds, or from 10^11 on milliseconds, 10^14 micro-. */
function unixUnit(text: string): bigint {
  const size = text.replace("-", "").length;
  if (size <= 11) return 1_000_000_000n;
  return size <= 14 ? 1_000_000n : size <= 17 ? 1000n : 1n;
}

function iso(order: bigint, digits: number): string {
  const seconds = floorDiv(order, 1_000_000_000n);
  const nanos = order - seconds * 1_000_000_000n;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, "0").slice(0, digits);
  return digits === 0 ? `${text}Z` : `${text}.${fraction.padEnd(digits, "0")}Z`;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Digits behind the point that count. */
const SCALE = 30;

function decimalOrder(text: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plainDecimal(text));
  if (match === null) return undefined;
  const [, sign, whole, fraction = ""] = match;
  const digits = fraction.slice(0, SCALE).padEnd(SCALE, "0");
  const size = BigInt(whole + digits);
  return sign === "-" ? -size : size;
}

function plainDecimal(text: string): string {
  const number = Number(text);
  return /e/i.test(text) && Number.isSafeInteger(number)
    ? String(number)
    : text;
}
