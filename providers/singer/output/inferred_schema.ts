/**
 * A schema made of the records themselves, which grows as they do.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import { asObject } from "../json.ts";

/** The order in which types are written. */
const TYPES = [
  "null",
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
] as const;
type TypeName = typeof TYPES[number];

/** See the module. */
export class InferredSchema {
  readonly #types = new Map<string, Set<TypeName>>();

  /** @returns Whether the record has something new. */
  take(record: Json): boolean {
    let isNew = false;
    for (const [name, value] of Object.entries(asObject(record) ?? {})) {
      let types = this.#types.get(name);
      if (types === undefined) {
        types = new Set(["null"]);
        this.#types.set(name, types);
        isNew = true;
      }
      const type = typeOf(value);
      if (types.has(type)) continue;
      if (type === "integer" && types.has("number")) continue;
      // A number is whole or not.
      if (type === "number") types.delete("integer");
      types.add(type);
      isNew = true;
    }
    return isNew;
  }

  /** @param key These are never null. */
  schema(key: readonly string[]): JsonObject {
    const properties = Object.fromEntries(
      [...this.#types].map(([name, types]) => {
        const known = TYPES.filter((type) => types.has(type));
        // Nothing but null so far: a text holds whatever comes.
        const wanted = known.length === 1 ? [...known, "string"] : known;
        const type = key.includes(name)
          ? wanted.filter((type) => type !== "null")
          : wanted;
        return [name, { type }];
      }),
    );
    return { type: "object", properties };
  }
}

function typeOf(value: Json): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") {
    return Number.isInteger(value) ? "integer" : "number";
  }
  return typeof value as TypeName;
}
