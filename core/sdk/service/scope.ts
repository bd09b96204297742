/**
 * What an expression can see of one envelope.
 *
 * @module
 */

import type { Json, OutputBatch } from "../mod.ts";

/** The sides of an envelope. */
export type Side = "data" | "metadata";

/** One envelope of a batch; numbers keep the digits they were written with. */
export class Scope {
  readonly #batch: OutputBatch;
  readonly #index: number;
  readonly #values: Partial<Record<Side, Json>> = {};

  constructor(batch: OutputBatch, index: number) {
    this.#batch = batch;
    this.#index = index;
  }

  /** The text of the whole line. */
  get line(): Uint8Array {
    return this.#batch.line(this.#index);
  }

  /** The value of a side, which alone is parsed. */
  value(side: Side): Json {
    return this.#values[side] ??= JSON.parse(this.text(side));
  }

  /** The text of a side, as it came. */
  text(side: Side): string {
    return side === "data"
      ? this.#batch.dataText(this.#index)!
      : this.#batch.metadataText(this.#index)!;
  }

  /** What stands at a path, as text; undefined: nothing, or nothing simple. */
  lookUp(side: Side, path: readonly string[]): string | undefined {
    const value = at(this.value(side), path);
    switch (typeof value) {
      case "string":
        return value;
      case "boolean":
        return String(value);
      case "number":
        return Number.isSafeInteger(value)
          ? String(value)
          : at(withDigits(this.text(side)), path) as string;
    }
  }
}

function at(value: Json | undefined, path: readonly string[]) {
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, key)
      ? (value as Record<string, Json>)[key]
      : undefined;
  }
  return value;
}

/** Every number as the text it was. */
function withDigits(text: string): Json {
  return JSON.parse(
    text,
    function (_key, value, context?: { source?: string }) {
      return typeof value === "number" ? context?.source ?? value : value;
    } as (key: string, value: unknown) => unknown,
  );
}
