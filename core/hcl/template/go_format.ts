/**
 * Go's `fmt`: how a value is printed, and `printf`.
 *
 * @module
 */

import {
  type Datum,
  isDict,
  isList,
  Moment,
  sortedEntries,
  typeName,
} from "./datum.ts";
import { formatTime, localZone } from "./go_time.ts";

/** Widths and precisions beyond this are refused. */
const MAX_WIDTH = 1000;

/** `%v`: what `{{ value }}` prints. */
export function print(value: Datum): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return printFloat(value);
  if (value instanceof Moment) {
    const layout = "2006-01-02 15:04:05.999999999 -0700 MST";
    return formatTime(layout, value.wallMs, localZone(value.wallMs));
  }
  if (isList(value)) return `[${value.map(print).join(" ")}]`;
  if (isDict(value)) {
    const entries = sortedEntries(value).map(([k, v]) => `${k}:${print(v)}`);
    return `map[${entries.join(" ")}]`;
  }
  return String(value);
}

/** `%v` of a float64: shortest digits, exponent from 1e6 and below 1e-4. */
function printFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? "-0" : "0";
  if (size >= 1e-4 && size < 1e6) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** Go's double-quoted form of a text. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /\\u00([01][0-9a-f])|\u007f/g,
    (all, code) => {
      if (all === "\u007f") return "\\x7f";
      return code === "07" ? "\\a" : code === "0b" ? "\\v" : `\\x${code}`;
    },
  );
}

/**
 * `fmt.Sprintf` for `%v %s %q %d %t %x %X %o %b %c %f %e %g %%` with flags,
 * width and precision.
 *
 * @throws {Error} For a verb that isn't one of those, or doesn't fit its value.
 */
export function sprintf(format: string, args: readonly Datum[]): string {
  let index = 0;
  const text = format.replace(
    /%([-+ 0#]*)(\d+)?(?:\.(\d*))?([^])?/g,
    (_all, flags: string, width, precision, verb) => {
      if (verb === "%") return "%";
      if (verb === undefined) {
        throw new Error("the format ends with a single %");
      }
      if (index >= args.length) {
        throw new Error(`there is no value for %${verb}`);
      }
      if (Math.max(Number(width ?? 0), Number(precision ?? 0)) > MAX_WIDTH) {
        throw new Error(`a width is at most ${MAX_WIDTH}`);
      }
      const digits = precision === undefined ? undefined : Number(precision);
      const plain = verbText(verb, args[index++], flags, digits);
      return pad(plain, Number(width ?? 0), flags, verb);
    },
  );
  if (index < args.length) {
    throw new Error(`${args.length - index} values more than the format uses`);
  }
  return text;
}

function verbText(
  verb: string,
  value: Datum,
  flags: string,
  precision: number | undefined,
): string {
  if (verb === "v" || (verb === "s" && typeof value !== "boolean")) {
    const text = print(value);
    return precision === undefined
      ? text
      : [...text].slice(0, precision).join("");
  }
  if (verb === "t" && typeof value === "boolean") return String(value);
  if (verb === "q" && typeof value === "string") return quote(value);
  if (verb === "x" || verb === "X") {
    const text = hex(value);
    if (text !== undefined) return verb === "X" ? text.toUpperCase() : text;
  }
  if (typeof value === "bigint") {
    const text = integer(verb, value);
    if (text !== undefined) return sign(text, value >= 0n, flags);
  }
  if (typeof value === "number" && "feEgG".includes(verb)) {
    return sign(float(verb, value, precision), value >= 0, flags);
  }
  throw new Error(`%${verb} does not fit ${typeName(value)}`);
}

function hex(value: Datum): string | undefined {
  if (typeof value === "bigint") return value.toString(16);
  if (typeof value !== "string") return undefined;
  return [...new TextEncoder().encode(value)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function integer(verb: string, value: bigint): string | undefined {
  if (verb === "d") return value.toString();
  if (verb === "o") return value.toString(8);
  if (verb === "b") return value.toString(2);
  if (verb === "c" && value >= 0n && value <= 0x10ffffn) {
    return String.fromCodePoint(Number(value));
  }
  return undefined;
}

function float(verb: string, value: number, precision = 6): string {
  if (verb === "f") return value.toFixed(Math.min(precision, 100));
  if (verb === "g" || verb === "G") return printFloat(value);
  const text = value.toExponential(Math.min(precision, 100))
    .replace(/e([+-])(\d)$/, "e$10$2");
  return verb === "E" ? text.toUpperCase() : text;
}

function sign(text: string, isPositive: boolean, flags: string): string {
  if (!isPositive) return text;
  if (flags.includes("+")) return `+${text}`;
  return flags.includes(" ") ? ` ${text}` : text;
}

function pad(text: string, width: number, flags: string, verb: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || "vsq".includes(verb)) {
    return " ".repeat(missing) + text;
  }
  const signLength = /^[+ -]/.test(text) ? 1 : 0;
  return text.slice(0, signLength) + "0".repeat(missing) +
    text.slice(signLength);
}
