/**
 * How values are called in messages.
 *
 * @module
 */

import type { Value } from "../../hcl/mod.ts";

/** A value in a message: never a secret, never long. */
export function shown(value: Value): string {
  if (value.isSensitive) return "a sensitive value";
  switch (value.kind) {
    case "null":
      return "null";
    case "number":
      return value.digits;
    case "boolean":
      return String(value.value);
    case "string": {
      const text = value.value;
      return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
    }
    case "list":
      return "a list";
    case "object":
      return "an object";
  }
}

/** What to write for a duration. */
export function unitHint(value: Value): string {
  const isBare = value.kind === "string" && !value.isSensitive &&
    /^\d+(\.\d+)?$/.test(value.value);
  return isBare
    ? `add a unit: "${value.value}s", or write milliseconds as a number`
    : 'write "1m30s", "500ms" or a number of milliseconds';
}
