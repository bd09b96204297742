/**
 * The metadata of an envelope as properties of a message.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import type { Scope } from "@dstream/sdk/service";

/** What every messaging service takes. */
export type SimpleValue = string | number | boolean;

/** Whether a value can be a property as it is. */
export function isSimple(value: Json): value is SimpleValue {
  return ["string", "number", "boolean"].includes(typeof value);
}

/**
 * The texts, numbers and booleans of the metadata. A whole number beyond 2^53 is a
 * text, with all its digits.
 */
export function metadataProperties(
  scope: Scope,
): Record<string, SimpleValue> {
  const properties: Record<string, SimpleValue> = {};
  const metadata = scope.value("metadata") as JsonObject;
  for (const [key, value] of Object.entries(metadata)) {
    if (!isSimple(value)) continue;
    const isUnsafe = typeof value === "number" && Number.isInteger(value) &&
      !Number.isSafeInteger(value);
    properties[key] = isUnsafe ? scope.lookUp("metadata", [key])! : value;
  }
  return properties;
}
