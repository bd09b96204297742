/**
 * JSON that somebody else wrote: read without a throw, asked what it is.
 *
 * @module
 */

/** Whether a value is a JSON object: no list, and not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns `undefined` for a text that is no JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns `undefined` for a text that is no JSON object. */
export function tryParseObject(
  text: string,
): Record<string, unknown> | undefined {
  const value = tryParseJson(text);
  return isJsonObject(value) ? value : undefined;
}
