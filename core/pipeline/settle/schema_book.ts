/**
 * The schemas that one output may need: those of what is unsettled, and the newest.
 *
 * A schema stands between two lines: behind as many as were handed over before it. A
 * process that starts in the middle is told, of each table, the newest that lies
 * before its first line; the later ones come at their places.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import {
  formatControl,
  MAX_ALL_SCHEMA_BYTES,
  MAX_SCHEMA_TABLES,
  type RawSchema,
} from "../../protocol/mod.ts";

/** A schema at its place. */
export interface PlacedSchema {
  /** How many lines were handed over before it. */
  readonly position: number;
  readonly table: string;
  /** The record, 0x1E and line feed included. */
  readonly bytes: Uint8Array;
  /** Grows from one to the next. */
  readonly number: number;
}

/** Schemas of one output, in the order of the stream. */
export class SchemaBook {
  #places: PlacedSchema[] = [];
  readonly #newest = new Map<string, RawSchema>();
  #keptBytes = 0;
  #number = 0;
  /** How many there were when old ones were last looked for. */
  #lookAgainAt = 16;

  /** Every table there was a schema of, in the order they came. */
  get tables(): readonly string[] {
    return [...this.#newest.keys()];
  }

  /**
   * A schema comes behind `position` lines.
   * @param delivered What lies before this line is needed no more, but the newest.
   * @returns `undefined` for the one that holds already.
   * @throws {DstreamError} `protocol.schemas_too_large`
   */
  note(
    position: number,
    schema: RawSchema,
    delivered: number,
  ): PlacedSchema | undefined {
    if (this.#newest.get(schema.table)?.record === schema.record) return;
    this.#newest.set(schema.table, schema);
    const { table } = schema;
    const bytes = formatControl({ schema });
    const place = { position, table, bytes, number: ++this.#number };
    this.#places.push(place);
    this.#keptBytes += bytes.length;
    const isMuch = this.#keptBytes > MAX_ALL_SCHEMA_BYTES;
    if (isMuch || this.#places.length >= this.#lookAgainAt) {
      this.#forget(delivered);
    }
    this.#refuseTooMuch();
    return place;
  }

  /** Of each table the newest that lies before line `position` + 1, in order. */
  before(position: number): readonly PlacedSchema[] {
    const newest = new Map<string, PlacedSchema>();
    for (const place of this.#places) {
      if (place.position <= position) newest.set(place.table, place);
    }
    return [...newest.values()].sort((a, b) => a.number - b.number);
  }

  /** The first one behind another. */
  after(number: number): PlacedSchema | undefined {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle].number > number) high = middle;
      else low = middle + 1;
    }
    return this.#places[low];
  }

  /** The number of the last one that lies before line `position` + 1; 0: none. */
  lastBefore(position: number): number {
    return this.#places.findLast((place) => place.position <= position)
      ?.number ?? 0;
  }

  #forget(delivered: number): void {
    const needed = new Set(this.before(delivered - 1));
    this.#places = this.#places.filter((place) =>
      place.position >= delivered || needed.has(place)
    );
    this.#keptBytes = this.#places.reduce((sum, p) => sum + p.bytes.length, 0);
    this.#lookAgainAt = 2 * this.#places.length + 16;
  }

  #refuseTooMuch(): void {
    const isFull = this.#keptBytes > MAX_ALL_SCHEMA_BYTES;
    if (!isFull && this.#newest.size <= MAX_SCHEMA_TABLES) return;
    const what = isFull
      ? `more than ${MAX_ALL_SCHEMA_BYTES / 1024 / 1024} MiB of schemas`
      : `schemas of more than ${MAX_SCHEMA_TABLES} tables`;
    throw new DstreamError(
      "protocol.schemas_too_large",
      `the input sends ${what}`,
      { hint: "let one task read fewer tables" },
    );
  }
}
