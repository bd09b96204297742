/**
 * Numbers as printf writes them: `%d %b %o %x %e %f %g`, on the exact decimal
 * digits, halves rounded to even.
 *
 * @module
 */

import { toInteger } from "../expressions/number.ts";
import { FunctionError } from "./definition.ts";
import type { Verb } from "./format.ts";

/** 0.d₁d₂d₃… × 10^point, without leading or trailing zeros. */
interface Digits {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly point: number;
}

const BASES: Record<string, number> = { d: 10, b: 2, o: 8, x: 16, X: 16 };
const PREFIXES: Record<string, string> = { b: "0b", o: "0", x: "0x", X: "0X" };
const MAX_DIGITS = 10_000;

/** @throws {FunctionError} For an unknown verb, or a fraction with `%d`. */
export function formatNumber(verb: Verb, digits: string): string {
  const base = BASES[verb.letter];
  if (base !== undefined) return formatInteger(verb, digits, base);
  const number = split(digits);
  switch (verb.letter) {
    case "e":
    case "E":
      return signed(verb, number, exponential(number, verb.precision ?? 6));
    case "f":
      return signed(verb, number, fixed(number, verb.precision ?? 6));
    case "g":
    case "G":
      return signed(verb, number, general(number, verb.precision));
    default:
      throw new FunctionError(`there is no format verb "${verb.text}"`, {
        argument: 0,
        hint: "there are %s %q %v %#v %d %f %e %g %x %o %b %t and %%",
      });
  }
}

/** `%v` of a number: as short as possible, with an exponent when it is large. */
export function formatShortest(digits: string): string {
  const number = split(digits);
  return `${number.isNegative ? "-" : ""}${general(number)}`;
}

function formatInteger(verb: Verb, digits: string, base: number): string {
  const integer = toInteger(digits);
  if (integer === undefined) {
    throw new FunctionError(
      `"${verb.text}" needs a whole number, got ${digits}`,
    );
  }
  const isNegative = integer < 0n;
  let text = (isNegative ? -integer : integer).toString(base);
  if (verb.letter === "X") text = text.toUpperCase();
  if (verb.precision !== undefined) {
    text = text.padStart(verb.precision, "0");
    if (verb.precision === 0 && integer === 0n) text = "";
  }
  const prefix = verb.flags.has("#") ? PREFIXES[verb.letter] ?? "" : "";
  // Go pads with zeros only where no precision says how many digits to write.
  const mayPad = verb.precision === undefined;
  return padNumber(verb, signOf(verb, isNegative) + prefix, text, mayPad);
}

function signed(verb: Verb, { isNegative }: Digits, text: string): string {
  const cased = verb.letter === verb.letter.toUpperCase()
    ? text.toUpperCase()
    : text;
  return padNumber(verb, signOf(verb, isNegative), cased, true);
}

function signOf({ flags }: Verb, isNegative: boolean): string {
  if (isNegative) return "-";
  if (flags.has("+")) return "+";
  return flags.has(" ") ? " " : "";
}

function padNumber(
  { flags, width = 0 }: Verb,
  sign: string,
  text: string,
  mayPadZeros: boolean,
): string {
  const missing = width - sign.length - text.length;
  if (missing <= 0) return sign + text;
  if (flags.has("-")) return sign + text + " ".repeat(missing);
  if (flags.has("0") && mayPadZeros) return sign + "0".repeat(missing) + text;
  return " ".repeat(missing) + sign + text;
}

function fixed(number: Digits, precision: number): string {
  if (number.point > MAX_DIGITS) {
    throw new FunctionError(`the number has more than ${MAX_DIGITS} digits`);
  }
  const rounded = round(number, number.point + precision);
  const whole = rounded.point > 0
    ? rounded.digits.slice(0, rounded.point).padEnd(rounded.point, "0")
    : "0";
  if (precision === 0) return whole;
  const zeros = "0".repeat(Math.min(precision, Math.max(0, -rounded.point)));
  const fraction = zeros + rounded.digits.slice(Math.max(0, rounded.point));
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, "0")}`;
}

function exponential(number: Digits, precision: number): string {
  const rounded = round(number, precision + 1);
  const digits = rounded.digits.padEnd(precision + 1, "0");
  const mantissa = precision === 0
    ? digits[0]
    : `${digits[0]}.${digits.slice(1)}`;
  const exponent = rounded.digits === "" ? 0 : rounded.point - 1;
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** `%e` for exponents below -4 or from the precision on, else `%f`. */
function general(number: Digits, precision?: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const rounded = wanted === undefined ? number : round(number, wanted);
  const { digits, point } = rounded;
  if (digits === "") return "0";
  const exponent = point - 1;
  if (exponent < -4 || exponent >= exponentLimit(rounded, wanted)) {
    return exponential(rounded, digits.length - 1);
  }
  return fixed(rounded, Math.max(0, digits.length - point));
}

function exponentLimit({ digits, point }: Digits, wanted?: number): number {
  if (wanted === undefined) return 6;
  // Trailing zeros are not written, so they don't count either.
  return wanted > digits.length && digits.length >= point
    ? digits.length
    : wanted;
}

function split(text: string): Digits {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const leading = all.length - digits.length;
  return {
    isNegative: sign === "-" && digits !== "",
    digits: digits.replace(/0+$/, ""),
    point: digits === "" ? 0 : whole.length - leading + Number(exponent),
  };
}

/** To that many significant digits; none or fewer leaves zero or one unit. */
function round(number: Digits, count: number): Digits {
  const { digits, point } = number;
  if (count >= digits.length) return number;
  if (count < 0) return { ...number, digits: "", point: 0 };
  const kept = digits.slice(0, count);
  if (!isRoundedUp(digits, count)) {
    return { ...number, digits: kept.replace(/0+$/, "") };
  }
  const raised = String(BigInt(kept || "0") + 1n).padStart(count, "0");
  const carried = raised.length > Math.max(count, 0) ? 1 : 0;
  return {
    ...number,
    digits: raised.replace(/0+$/, ""),
    point: point + carried,
  };
}

function isRoundedUp(digits: string, count: number): boolean {
  const next = Number(digits[count]);
  if (next !== 5 || /[1-9]/.test(digits.slice(count + 1))) return next >= 5;
  return count > 0 && Number(digits[count - 1]) % 2 === 1;
}
