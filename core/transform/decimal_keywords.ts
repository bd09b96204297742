/**
 * `multipleOf`, `minimum`, `maximum` and their kin, decided in decimal.
 *
 * A double has no 0.01, so 19.99 would be no multiple of it; and it has no
 * 2^53 + 1, so that would be no more than 2^53. A double of up to 15 digits is the
 * number that was written; for a longer one the record is read again, exactly.
 *
 * @module
 */

import type { Ajv } from "ajv";

/** `digits × 10^exponent`. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** The record that is checked, with every digit; asked for only when it matters. */
export interface ExactRecord {
  read?: () => unknown;
}

/** Longer ones are no number of anybody's, and hold nothing. */
const MAX_CHARACTERS = 1000;
const MAX_EXPONENT = 1000;
/** A double has them all. */
const SURE_DIGITS = 15;
/** The decimal that a number's text says. */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

type Comparison = (value: Decimal, limit: Decimal) => boolean;

const KEYWORDS: Readonly<Record<string, [Comparison, string]>> = {
  maximum: [(value, limit) => compare(value, limit) <= 0, "<="],
  minimum: [(value, limit) => compare(value, limit) >= 0, ">="],
  exclusiveMaximum: [(value, limit) => compare(value, limit) < 0, "<"],
  exclusiveMinimum: [(value, limit) => compare(value, limit) > 0, ">"],
};

interface RawJson {
  readonly rawJSON: string;
}

const { isRawJSON } = JSON as unknown as {
  isRawJSON(value: unknown): value is RawJson;
};

/** Puts them in the place of the library's own. */
export function addDecimalKeywords(ajv: Ajv, record: ExactRecord): void {
  for (const [keyword, [holds, sign]] of Object.entries(KEYWORDS)) {
    replace(ajv, keyword, `must be ${sign}`, holds, record);
  }
  replace(ajv, "multipleOf", "must be multiple of", isMultiple, record);
}

function replace(
  ajv: Ajv,
  keyword: string,
  words: string,
  holds: Comparison,
  record: ExactRecord,
): void {
  ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword,
    type: "number",
    schemaType: "number",
    errors: false,
    error: { message: ({ schema }) => `${words} ${schema}` },
    compile: (limit: number) => {
      const decimal = parseDecimal(String(limit))!;
      return (value: number, place?: { instancePath: string }) => {
        const own = parseDecimal(textOf(value, place?.instancePath, record));
        return own !== undefined && holds(own, decimal);
      };
    },
  });
}

/** The number as it was written. */
function textOf(
  value: number,
  path: string | undefined,
  record: ExactRecord,
): string {
  const text = String(value);
  const digits = text.replace(/e.*$/, "").replace(/[^0-9]/g, "");
  const isSure = digits.length <= SURE_DIGITS;
  if (isSure || path === undefined || record.read === undefined) return text;
  const exact = at(record.read(), path);
  return isRawJSON(exact) ? exact.rawJSON : text;
}

/** What a JSON Pointer leads to. */
function at(value: unknown, pointer: string): unknown {
  return pointer.split("/").slice(1).reduce<unknown>((found, name) => {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    return (found as Record<string, unknown> | undefined)?.[key];
  }, value);
}

function compare(a: Decimal, b: Decimal): number {
  const [one, other] = aligned(a, b);
  return one < other ? -1 : Number(one > other);
}

function isMultiple(value: Decimal, of: Decimal): boolean {
  const [one, other] = aligned(value, of);
  return other !== 0n && one % other === 0n;
}

/** Both in the smaller of the two units. */
function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const unit = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }: Decimal) =>
    digits * 10n ** BigInt(exponent - unit);
  return [scaled(a), scaled(b)];
}

/** @returns `undefined` for what is no number, or none that anybody can count. */
function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null || text.length > MAX_CHARACTERS) return undefined;
  const [, sign, whole, fraction = "", power = "0"] = match;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const exponent = Number(power) - fraction.length;
  if (digits === 0n) return { digits, exponent: 0 };
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { digits, exponent };
}
