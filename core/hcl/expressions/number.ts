/**
 * Arithmetic on digits: integers exactly, everything else in double precision.
 *
 * A number stays the text it was written as until something is computed with
 * it. Exponents and results have an upper bound, so that `1e999999999 + 1` is an
 * error and not a gigabyte.
 *
 * @module
 */

/** A number as coefficient × 10^exponent, without trailing zeros. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Beyond this many digits a number is not written out or computed with. */
const MAX_DIGITS = 10_000;

const WRITTEN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SMALL_INTEGER = /^-?\d{1,15}$/;

/** The result would have too many digits, or is beyond double precision. */
export class NumberTooLarge extends Error {
  constructor() {
    super(
      `the result is too large (at most ${MAX_DIGITS} digits as an integer, 1.8e308 otherwise)`,
    );
  }
}

/** Thrown for `x / 0` and `x % 0`. */
export class DivisionByZero extends Error {
  constructor() {
    super("division by zero");
  }
}

/** @returns A valid JSON number, or `undefined` when `text` is no number. */
export function parseDigits(text: string): string | undefined {
  return WRITTEN.test(text) ? normalizeDigits(text) : undefined;
}

/** `007`, `+5`, `.5` and `5.` as JSON writes them; every other digit stays. */
export function normalizeDigits(digits: string): string {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*))?(.*)$/.exec(digits)!;
  const [, sign, whole, fraction, exponent] = match;
  const point = fraction ? `.${fraction}` : "";
  return `${sign === "-" ? "-" : ""}${whole || "0"}${point}${exponent}`;
}

/** Whole numbers as BigInt; `undefined` for fractions and beyond the bound. */
export function toInteger(digits: string): bigint | undefined {
  if (/^-?\d+$/.test(digits)) return BigInt(digits);
  const { coefficient, exponent } = parseDecimal(digits);
  if (exponent < 0 || exponent > MAX_DIGITS) return undefined;
  return coefficient * 10n ** BigInt(exponent);
}

/** @returns A whole number within ±2^53, or `undefined`. */
export function toSafeInteger(digits: string): number | undefined {
  const integer = toInteger(digits);
  if (integer === undefined) return undefined;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Digits of a computed number. @throws {NumberTooLarge} */
export function fromNumber(result: number | bigint): string {
  if (typeof result === "bigint") return fromInteger(result);
  if (!Number.isFinite(result)) throw new NumberTooLarge();
  if (Number.isSafeInteger(result)) return String(result + 0);
  return Number.isInteger(result)
    ? BigInt(result).toString()
    : plainDigits(String(result));
}

/** How people and strings see it: no exponent, no trailing zeros. */
export function plainDigits(digits: string): string {
  if (SMALL_INTEGER.test(digits)) return digits === "-0" ? "0" : digits;
  const { coefficient, exponent } = parseDecimal(digits);
  const text = (coefficient < 0n ? -coefficient : coefficient).toString();
  const sign = coefficient < 0n ? "-" : "";
  if (Math.abs(exponent) > MAX_DIGITS) return `${sign}${text}e${exponent}`;
  if (exponent >= 0) return sign + text + "0".repeat(exponent);
  const padded = text.padStart(1 - exponent, "0");
  const point = padded.length + exponent;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

/** Negative, zero or positive, exactly. */
export function compareDigits(a: string, b: string): number {
  if (SMALL_INTEGER.test(a) && SMALL_INTEGER.test(b)) {
    return (Number(a) - Number(b)) || 0;
  }
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  const signs = signOf(left) - signOf(right);
  if (signs !== 0 || left.coefficient === 0n) return signs;
  const magnitudes = magnitude(left) - magnitude(right);
  if (magnitudes !== 0) return magnitudes * signOf(left);
  return compareAligned(left, right);
}

/** The sign: -1, 0 or 1. */
export function signOfDigits(digits: string): number {
  return signOf(parseDecimal(digits));
}

/** @throws {NumberTooLarge} @throws {DivisionByZero} */
export function calculate(
  operator: "+" | "-" | "*" | "/" | "%",
  a: string,
  b: string,
): string {
  if ((operator === "/" || operator === "%") && signOfDigits(b) === 0) {
    throw new DivisionByZero();
  }
  const left = toInteger(a);
  const right = toInteger(b);
  if (left !== undefined && right !== undefined) {
    const exact = calculateExactly(operator, left, right);
    if (exact !== undefined) return fromInteger(exact);
  }
  return fromNumber(calculateRoughly(operator, Number(a), Number(b)));
}

/** The number without its sign changed to the other. */
export function negate(digits: string): string {
  if (digits.startsWith("-")) return digits.slice(1);
  return signOfDigits(digits) === 0 ? digits : `-${digits}`;
}

/** The nearest whole number below (`floor`) or above (`ceil`). */
export function roundTowards(
  direction: "floor" | "ceil",
  digits: string,
): string {
  const { coefficient, exponent } = parseDecimal(digits);
  if (exponent >= 0) return digits;
  // So small a fraction that the power of ten need not be written out.
  if (magnitude({ coefficient, exponent }) <= 0) {
    const isAway = direction === "floor" ? coefficient < 0n : coefficient > 0n;
    return isAway ? (direction === "floor" ? "-1" : "1") : "0";
  }
  const unit = 10n ** BigInt(-exponent);
  const truncated = coefficient / unit;
  if (direction === "floor" && coefficient < 0n) return `${truncated - 1n}`;
  if (direction === "ceil" && coefficient > 0n) return `${truncated + 1n}`;
  return `${truncated}`;
}

/** `base` to the `power`: exact for whole numbers. @throws {NumberTooLarge} */
export function power(base: string, exponent: string): string {
  const left = toInteger(base);
  const right = toSafeInteger(exponent);
  if (left !== undefined && right !== undefined && right >= 0) {
    if (right === 0) return "1";
    // The powers of 1 and -1 depend on nothing but odd or even.
    if (left >= -1n && left <= 1n) {
      return fromInteger(left ** (right % 2 ? 1n : 2n));
    }
    const bits = left.toString(2).length;
    if (bits * right > MAX_DIGITS * 4) throw new NumberTooLarge();
    return fromInteger(left ** BigInt(right));
  }
  const result = Number(base) ** Number(exponent);
  if (Number.isNaN(result)) throw new NumberTooLarge();
  return fromNumber(result);
}

function calculateExactly(
  operator: "+" | "-" | "*" | "/" | "%",
  a: bigint,
  b: bigint,
): bigint | undefined {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a % b === 0n ? a / b : undefined;
    case "%":
      return a % b;
  }
}

function calculateRoughly(
  operator: "+" | "-" | "*" | "/" | "%",
  a: number,
  b: number,
): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
  }
}

function fromInteger(integer: bigint): string {
  const digits = integer.toString();
  if (digits.length > MAX_DIGITS) throw new NumberTooLarge();
  return digits;
}

function parseDecimal(digits: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits)!;
  const [, sign, whole, fraction = "", exponentText = "0"] = match;
  const significant = (whole + fraction).replace(/0+$/, "");
  const dropped = whole.length + fraction.length - significant.length;
  if (/^0*$/.test(significant)) return { coefficient: 0n, exponent: 0 };
  return {
    coefficient: BigInt(sign + significant.replace(/^0+(?=\d)/, "")),
    exponent: Number(exponentText) - fraction.length + dropped,
  };
}

function signOf({ coefficient }: Decimal): number {
  return coefficient < 0n ? -1 : coefficient > 0n ? 1 : 0;
}

/** Digits before the decimal point; zero or less for fractions below 1. */
function magnitude({ coefficient, exponent }: Decimal): number {
  return coefficient.toString().replace("-", "").length + exponent;
}

/** Both have the same magnitude, so the padding is no longer than the digits. */
function compareAligned(a: Decimal, b: Decimal): number {
  const lower = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - lower);
  const right = b.coefficient * 10n ** BigInt(b.exponent - lower);
  return left < right ? -1 : left > right ? 1 : 0;
}
