/**
 * JSON in and out with every digit: for values that are only passed on.
 *
 * Numbers that a double would change are kept as their source text
 * (ECMAScript proposal "JSON.parse source text access", in V8 since 11.4).
 *
 * @module
 */

import type { Json } from "./envelope.ts";

interface SourceAwareJson {
  parse(
    text: string,
    reviver: (
      key: string,
      value: unknown,
      context: { source?: string },
    ) => unknown,
  ): unknown;
  rawJSON(source: string): unknown;
}

const exact = JSON as unknown as SourceAwareJson;

/**
 * Parses so that `JSON.stringify` gives the same numbers back.
 *
 * @throws {SyntaxError} For what is not JSON.
 *
 * @example
 * ```ts
 * const value = parseExactJson('{"lsn":12345678901234567890}');
 * if (JSON.stringify(value) !== '{"lsn":12345678901234567890}') throw new Error();
 * ```
 */
export function parseExactJson(text: string): Json {
  return exact.parse(text, (_key, value, context) => {
    if (typeof value !== "number") return value;
    const { source } = context;
    // V8 may mistake a name with escapes for another, and then knows no source.
    if (source === undefined) return value;
    return JSON.stringify(value) === source ? value : exact.rawJSON(source);
  }) as Json;
}
