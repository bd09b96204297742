/**
 * A value as one line of JSON: numbers with all the digits they have, keys in
 * the order declared.
 *
 * `toJson` shows secrets and is for a provider's stdin alone; everything a
 * person sees goes through `toRedactedJson`.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Value } from "./value.ts";

/** What stands in for a secret. */
export const SENSITIVE_TEXT = "(sensitive)";

const MAX_JSON_LENGTH = 256 * 1024 * 1024;

/**
 * @throws {DstreamError} `config.value_too_large` beyond 256 Mi characters.
 *
 * @example
 * ```ts
 * import { numberValue } from "./value.ts";
 * if (toJson(numberValue("0.10")) !== "0.10") throw new Error();
 * ```
 */
export function toJson(value: Value): string {
  return new JsonWriter(false).write(value);
}

/** The same with `"(sensitive)"` in the place of every sensitive value. */
export function toRedactedJson(value: Value): string {
  return new JsonWriter(true).write(value);
}

class JsonWriter {
  /** Shared parts make a value larger than the text it came from. */
  #length = 0;

  constructor(readonly isRedacted: boolean) {}

  write(value: Value): string {
    const text = this.#text(value);
    this.#length += text.length;
    if (this.#length > MAX_JSON_LENGTH) {
      throw new DstreamError(
        "config.value_too_large",
        "the value takes more than 256 MiB as JSON",
      );
    }
    return text;
  }

  #text(value: Value): string {
    if (this.isRedacted && value.isSensitive) return `"${SENSITIVE_TEXT}"`;
    switch (value.kind) {
      case "null":
        return "null";
      case "boolean":
        return String(value.value);
      case "number":
        return value.digits;
      case "string":
        return JSON.stringify(value.value);
      case "list":
        return `[${value.items.map((item) => this.write(item)).join(",")}]`;
      case "object":
        return `{${this.#entries(value.entries)}}`;
    }
  }

  #entries(entries: ReadonlyMap<string, Value>): string {
    const parts: string[] = [];
    for (const [key, value] of entries) {
      parts.push(`${JSON.stringify(key)}:${this.write(value)}`);
    }
    return parts.join(",");
  }
}
