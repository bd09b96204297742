/**
 * Fields that hold one value: text, numbers, yes or no, one word of several.
 *
 * Numbers and booleans are also taken as text, since `env("PORT")` and templates
 * yield text; everything else must have the right JSON type.
 *
 * @module
 */

import { formatDuration, formatSize } from "../../base/units.ts";
import { parseDurationMs, parseSizeBytes } from "../../base/units.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Json, JsonObject } from "../../protocol/envelope.ts";
import type { Field, FieldOptions, Place, Value } from "./field.ts";

/** Bounds of a number, both included. */
export interface NumberOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  /** For the reference page: "envelopes", "rows". */
  readonly unit?: string;
}

/** Bounds of a text. */
export interface StringOptions extends FieldOptions {
  /** In characters; 1 when left out, so that an empty text is a mistake. */
  readonly minLength?: number;
  /** What the text must match, and how to say so: "must be …". */
  readonly pattern?: { readonly regexp: RegExp; readonly says: string };
  /**
   * What to write for a date that goes with time, such as `{date:LAYOUT}`: `validate`
   * tells whoever has a date in the text that stands still.
   */
  readonly datePlaceholder?: string;
}

/** How a value is shown in a message: as JSON, 60 characters at most. */
export function quote(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A text. */
export function string<const O extends StringOptions>(
  options: O,
): Field<Value<string, O>> {
  return textField(options, false);
}

/** A text that is never printed: passwords, connection strings, keys. */
export function secret<const O extends StringOptions>(
  options: O,
): Field<Value<string, O>> {
  return textField(options, true);
}

function textField<O extends StringOptions>(
  options: O,
  isSecret: boolean,
): Field<Value<string, O>> {
  const { minLength = 1, pattern, datePlaceholder } = options;
  const got = (value: Json) => isSecret ? kindOf(value) : quote(value);
  return {
    options,
    isSecret,
    type: isSecret ? "string (secret)" : "string",
    read(value, place) {
      if (typeof value !== "string") {
        return place.fail(`must be a string, got ${got(value)}`);
      }
      if (value.length < minLength) return place.fail("must not be empty");
      if (pattern !== undefined && !pattern.regexp.test(value)) {
        return place.fail(`${pattern.says}, got ${got(value)}`);
      }
      return value as Value<string, O>;
    },
    schema: () => ({
      type: "string",
      ...(minLength > 0 ? { minLength } : {}),
      ...(pattern === undefined ? {} : {
        pattern: pattern.regexp.source,
        // The CLI finds the mistake first, and shall say it in these words.
        "x-pattern-says": pattern.says,
      }),
      ...(datePlaceholder === undefined
        ? {}
        : { "x-date-placeholder": datePlaceholder }),
      ...(isSecret ? { writeOnly: true } : {}),
    }),
  };
}

/** A whole number up to 2^53 - 1. */
export function integer<const O extends NumberOptions>(
  options: O,
): Field<Value<number, O>> {
  return measure(options, {
    type: "integer",
    expected: "a whole number",
    parse: (value) => {
      const number = toNumber(value);
      return Number.isSafeInteger(number) ? number : undefined;
    },
    show: String,
    schema: { type: ["integer", "string"], pattern: "^[+-]?[0-9]+$" },
  });
}

/** Any number. */
export function number<const O extends NumberOptions>(
  options: O,
): Field<Value<number, O>> {
  return measure(options, {
    type: "number",
    expected: "a number",
    parse: toNumber,
    show: String,
    schema: { type: ["number", "string"], pattern: "^[-+.0-9eE]+$" },
  });
}

/** A time span in milliseconds, written as Go's `"1m30s"` or as a number. */
export function duration<const O extends NumberOptions>(
  options: O,
): Field<Value<number, O>> {
  return measure({ min: 0, ...options }, {
    type: "duration",
    expected: 'a duration such as "1m30s" or a number of milliseconds',
    parse: (value) =>
      toNumber(value) ??
        (typeof value === "string" ? parseDurationMs(value) : undefined),
    show: formatDuration,
    schema: { type: ["string", "number"], format: "go-duration" },
  });
}

/** A number of bytes, written as `"64MiB"`, `"10MB"` or as a number. */
export function size<const O extends NumberOptions>(
  options: O,
): Field<Value<number, O>> {
  return measure({ min: 0, ...options }, {
    type: "size",
    expected: 'a size such as "64MiB" or a number of bytes',
    parse: (value) =>
      typeof value === "string" ? parseSizeBytes(value) : wholeNumber(value),
    show: formatSize,
    schema: { type: ["string", "integer"], format: "byte-size" },
  });
}

interface Measure {
  readonly type: string;
  readonly expected: string;
  readonly parse: (value: Json) => number | undefined;
  readonly show: (value: number) => string;
  readonly schema: JsonObject;
}

function measure<O extends NumberOptions>(
  options: O,
  kind: Measure,
): Field<Value<number, O>> {
  const { min, max, unit } = options;
  return {
    options,
    isSecret: false,
    type: unit === undefined ? kind.type : `${kind.type} (${unit})`,
    read(value, place) {
      const parsed = kind.parse(value);
      if (parsed === undefined) {
        return place.fail(`must be ${kind.expected}, got ${quote(value)}`);
      }
      const bound = min !== undefined && parsed < min
        ? `at least ${kind.show(min)}`
        : max !== undefined && parsed > max
        ? `at most ${kind.show(max)}`
        : undefined;
      if (bound !== undefined) {
        return place.fail(`must be ${bound}, got ${quote(value)}`);
      }
      return parsed as Value<number, O>;
    },
    schema: () => ({
      ...kind.schema,
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    }),
  };
}

/** Yes or no. */
export function boolean<const O extends FieldOptions>(
  options: O,
): Field<Value<boolean, O>> {
  return {
    options,
    isSecret: false,
    type: "boolean",
    read(value, place) {
      if (value === true || value === "true") return true as Value<boolean, O>;
      if (value === false || value === "false") {
        return false as Value<boolean, O>;
      }
      return place.fail(`must be true or false, got ${quote(value)}`);
    },
    schema: () => ({ enum: [true, false, "true", "false"] }),
  };
}

/** One of a few words. Case counts. */
export function oneOf<
  const W extends readonly string[],
  const O extends FieldOptions & {
    /** The word that needs a `dead_letter` block in the task. */
    readonly deadLetterWord?: W[number];
  },
>(words: W, options: O): Field<Value<W[number], O>> {
  const { deadLetterWord } = options;
  const listed = words.map((word) => `"${word}"`).join(", ");
  return {
    options,
    isSecret: false,
    type: words.map((word) => `"${word}"`).join(" or "),
    read(value, place: Place) {
      if (typeof value === "string" && words.includes(value)) {
        return value as Value<W[number], O>;
      }
      return place.fail(
        `must be one of ${listed}, got ${quote(value)}`,
        typeof value === "string" ? didYouMean(value, words) : undefined,
      );
    },
    schema: () => ({
      type: "string",
      enum: words,
      ...(deadLetterWord === undefined
        ? {}
        : { "x-dead-letter-word": deadLetterWord }),
    }),
  };
}

function toNumber(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

function wholeNumber(value: Json): number | undefined {
  return Number.isSafeInteger(value) ? value as number : undefined;
}

/** How a value is shown that may hold a secret. */
export function kindOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
