/**
 * From JSON to what expressions work with: integers become exact ones.
 *
 * @module
 */

import type { Json, JsonObject } from "../protocol/mod.ts";

/** A number whose source text was kept. */
interface RawJson {
  readonly rawJSON: string;
}

const { isRawJSON } = JSON as unknown as {
  isRawJSON(value: unknown): value is RawJson;
};

/** Converts one line's values. */
export class ToCel {
  /**
   * Whether there was a number that parsing may have changed: then the line has
   * to be parsed exactly, and converted again.
   */
  isInexact = false;

  convert(value: Json): unknown {
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "object":
        if (value === null) return null;
        if (isRawJSON(value)) return fromDigits(value.rawJSON);
        return Array.isArray(value)
          ? value.map((item) => this.convert(item))
          : this.#object(value as JsonObject);
      default:
        return value;
    }
  }

  #number(value: number): bigint | number {
    if (Number.isSafeInteger(value)) return BigInt(value);
    // A fraction is a double by its nature; a large integer may have been rounded.
    if (Number.isInteger(value)) this.isInexact = true;
    return value;
  }

  /** A Map where a field's name would mean something on an object. */
  #object(value: JsonObject): unknown {
    const isSpecial = Object.hasOwn(value, "constructor") ||
      Object.hasOwn(value, "__proto__");
    if (isSpecial) {
      return new Map(
        Object.entries(value).map(([name, each]) => [name, this.convert(each)]),
      );
    }
    const converted: Record<string, unknown> = {};
    for (const name in value) converted[name] = this.convert(value[name]);
    return converted;
  }
}

/** An object of JSON, but no list and no number that kept its text. */
export function isPlainObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null &&
    !Array.isArray(value) && !isRawJSON(value);
}

function fromDigits(digits: string): bigint | number {
  if (/^-?\d+$/.test(digits)) return BigInt(digits);
  const value = Number(digits);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}
