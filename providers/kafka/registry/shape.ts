/**
 * What values of a registered schema look like, in the words that all outputs know.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import type { FieldType, SchemaField } from "@dstream/sdk/changes";

/** Made once for each schema, so that it is known by being the same object. */
export interface Shape {
  readonly fields: readonly SchemaField[];
  /** What it was made of, where that was a JSON Schema. */
  readonly jsonSchema?: JsonObject;
}

/** What isn't looked into any further. */
export const OPAQUE: FieldType = { type: "json" };

const MOST_DEPTH = 32;
const MOST_FIELDS = 10_000;

/**
 * Where types in types have their end: at one that is in itself, or that is nested
 * too deeply, or when there were too many fields.
 */
export class Nesting {
  readonly #open = new Set<unknown>();
  #left = MOST_FIELDS;

  /** @param which By what it is known again inside itself. */
  struct(
    which: unknown,
    fields: () => readonly SchemaField[],
  ): FieldType {
    const isEnd = this.#open.has(which) || this.#open.size >= MOST_DEPTH;
    if (isEnd || this.#left <= 0) return OPAQUE;
    this.#open.add(which);
    try {
      const found = fields();
      this.#left -= found.length;
      return found.length === 0 ? OPAQUE : { type: "struct", fields: found };
    } finally {
      this.#open.delete(which);
    }
  }
}

/** @returns undefined for what has no columns. */
export function shapeOf({ type, fields }: FieldType): Shape | undefined {
  return type === "struct" && fields !== undefined ? { fields } : undefined;
}

const rows = new WeakMap<Shape, Shape | undefined>();

/** Of a change as Debezium writes it: the row's. */
export function rowShape(change: Shape): Shape | undefined {
  if (!rows.has(change)) {
    const row = change.fields.find(({ name }) => name === "after") ??
      change.fields.find(({ name }) => name === "before");
    rows.set(change, row && shapeOf(row));
  }
  return rows.get(change);
}
