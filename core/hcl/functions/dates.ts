/**
 * `formatdate`, `timeadd`, `timecmp`: times as RFC 3339 texts, which keep the
 * offset they were written with.
 *
 * @module
 */

import { numberValue, stringValue } from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

/** A moment, with the clock it was read from. */
interface Timestamp {
  /** Since 1970-01-01T00:00:00Z. */
  readonly epochMs: number;
  /** Below the millisecond: 0 to 999,999. */
  readonly nanoseconds: number;
  readonly offsetMinutes: number;
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
const UNIT_NS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_DURATION_NS = 2n ** 63n;

const timestamp = { name: "timestamp", type: STRING };

export const DATE_FUNCTIONS: Record<string, FunctionDefinition> = {
  formatdate: {
    parameters: [{ name: "format", type: STRING }, timestamp],
    call: (spec, time) =>
      stringValue(formatDate(textOf(spec), parseTimestamp(textOf(time), 1))),
  },
  timeadd: {
    parameters: [timestamp, { name: "duration", type: STRING }],
    call: (time, duration) => {
      const start = parseTimestamp(textOf(time), 0);
      return stringValue(
        formatRfc3339(add(start, parseDuration(textOf(duration)))),
      );
    },
  },
  timecmp: {
    parameters: [
      { name: "timestamp_a", type: STRING },
      { name: "timestamp_b", type: STRING },
    ],
    call: (a, b) => {
      const left = parseTimestamp(textOf(a), 0);
      const right = parseTimestamp(textOf(b), 1);
      const difference = left.epochMs - right.epochMs ||
        left.nanoseconds - right.nanoseconds;
      return numberValue(Math.sign(difference));
    },
  },
};

/** `2026-03-01T09:00:00Z` for a moment in UTC. */
export function formatRfc3339(time: Timestamp): string {
  const { year, month, day, hour, minute, second } = fields(time);
  const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  const offset = formatOffset(time, ":", "Z");
  return `${date}T${pad(hour)}:${pad(minute)}:${pad(second)}${offset}`;
}

function parseTimestamp(text: string, argument: number): Timestamp {
  const match = RFC3339.exec(text);
  if (match === null) throw badTimestamp(text, argument);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(
    Number,
  );
  const offset = match[8] === undefined
    ? 0
    : Number(`${match[8]}1`) * (Number(match[9]) * 60 + Number(match[10]));
  const isInRange = month >= 1 && month <= 12 && day >= 1 &&
    day <= daysIn(year, month) && hour < 24 && minute < 60 && second < 60 &&
    Number(match[9] ?? 0) < 24 && Number(match[10] ?? 0) < 60;
  if (!isInRange) throw badTimestamp(text, argument);
  const fraction = (match[7] ?? "").padEnd(9, "0");
  return {
    epochMs: utcMs(year, month, day) +
      ((hour * 60 + minute) * 60 + second) * 1000 +
      Number(fraction.slice(0, 3)) - offset * 60_000,
    nanoseconds: Number(fraction.slice(3)),
    offsetMinutes: offset,
  };
}

function badTimestamp(text: string, argument: number): FunctionError {
  return new FunctionError(
    `${JSON.stringify(text)} is no RFC 3339 timestamp`,
    { argument, hint: `write it like "2026-03-01T09:00:00Z"` },
  );
}

function daysIn(year: number, month: number): number {
  return new Date(utcMs(year, month + 1, 0)).getUTCDate();
}

/** Date.UTC takes years below 100 for 1900 and something. */
function utcMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

/** Go's durations: `1h30m`, `-2.5s`. In nanoseconds. */
function parseDuration(text: string): bigint {
  const match = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
    .exec(text);
  if (match === null) throw badDuration(text);
  let total = 0n;
  for (
    const [, whole, fraction = "", unit] of match[2].matchAll(
      /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g,
    )
  ) {
    const scale = UNIT_NS[unit];
    total += BigInt(whole || "0") * scale;
    total += BigInt(fraction || "0") * scale / 10n ** BigInt(fraction.length);
  }
  if (total >= MAX_DURATION_NS) throw badDuration(text);
  return match[1] === "-" ? -total : total;
}

function badDuration(text: string): FunctionError {
  return new FunctionError(`${JSON.stringify(text)} is no duration`, {
    argument: 1,
    hint: `write it like "1h30m", "-24h" or "500ms"`,
  });
}

function add(time: Timestamp, durationNs: bigint): Timestamp {
  const total = BigInt(time.epochMs) * 1_000_000n + BigInt(time.nanoseconds) +
    durationNs;
  const nanoseconds = ((total % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return {
    epochMs: Number((total - nanoseconds) / 1_000_000n),
    nanoseconds: Number(nanoseconds),
    offsetMinutes: time.offsetMinutes,
  };
}

function fields({ epochMs, offsetMinutes }: Timestamp) {
  const local = new Date(epochMs + offsetMinutes * 60_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

function formatDate(spec: string, time: Timestamp): string {
  const pieces = spec.matchAll(/''|'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g);
  return [...pieces].map(([piece, letter]) => {
    if (letter !== undefined) return formatField(piece, time);
    if (piece === "''") return "'";
    return piece.startsWith("'") ? unquote(piece) : piece;
  }).join("");
}

function unquote(piece: string): string {
  if (piece.length < 2 || !/^'(?:[^']|'')*'$/.test(piece)) {
    throw new FunctionError(`the literal ${piece} has no closing '`, {
      argument: 0,
    });
  }
  return piece.slice(1, -1).replaceAll("''", "'");
}

function formatField(piece: string, time: Timestamp): string {
  const { year, month, day, weekday, hour, minute, second } = fields(time);
  const hour12 = hour % 12 || 12;
  switch (piece) {
    case "YYYY":
      return pad(year, 4);
    case "YY":
      return pad(year % 100);
    case "MMMM":
      return MONTHS[month - 1];
    case "MMM":
      return MONTHS[month - 1].slice(0, 3);
    case "MM":
      return pad(month);
    case "M":
      return String(month);
    case "DD":
      return pad(day);
    case "D":
      return String(day);
    case "EEEE":
      return DAYS[weekday];
    case "EEE":
      return DAYS[weekday].slice(0, 3);
    case "hh":
      return pad(hour);
    case "h":
      return String(hour);
    case "HH":
      return pad(hour12);
    case "H":
      return String(hour12);
    case "AA":
      return hour < 12 ? "AM" : "PM";
    case "aa":
      return hour < 12 ? "am" : "pm";
    case "mm":
      return pad(minute);
    case "m":
      return String(minute);
    case "ss":
      return pad(second);
    case "s":
      return String(second);
    case "Z":
      return formatOffset(time, ":", "Z");
    case "ZZZ":
      return formatOffset(time, "", "UTC");
    case "ZZZZ":
      return formatOffset(time, "");
    case "ZZZZZ":
      return formatOffset(time, ":");
    default:
      throw new FunctionError(`there is no date format "${piece}"`, {
        argument: 0,
        hint: `letters that are text go in single quotes: '${piece}'`,
      });
  }
}

function formatOffset(
  { offsetMinutes }: Timestamp,
  separator: string,
  zero?: string,
): string {
  if (offsetMinutes === 0 && zero !== undefined) return zero;
  const minutes = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${sign}${pad(Math.floor(minutes / 60))}${separator}${
    pad(minutes % 60)
  }`;
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, "0");
}
