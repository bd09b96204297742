/**
 * What dstream remembers for this input: which rows were read. How far changes
 * were, the slot remembers.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";

/** How far the rows of one table were read. */
export interface TableState {
  /** The table's OID: another one is another table. */
  readonly oid: number;
  /** Whether all rows were. */
  readonly isDone: boolean;
  /** The key of the last row, as texts; absent: none was, or it has no key. */
  readonly after?: readonly string[];
}

/** The state of a task's input. */
export class SnapshotState {
  readonly #tables: Map<string, TableState>;

  /**
   * @param slot The slot this belongs to.
   * @param place Where the slot began: rows have this as their position.
   */
  constructor(
    readonly slot: string,
    readonly place: string,
    tables: Iterable<readonly [string, TableState]> = [],
  ) {
    this.#tables = new Map(tables);
  }

  /** @returns `undefined` for no state, or that of another slot. */
  static read(
    state: Json | undefined,
    slot: string,
  ): SnapshotState | undefined {
    if (typeof state !== "object" || state === null || Array.isArray(state)) {
      return undefined;
    }
    const { slot: of, place, tables } = state as JsonObject;
    if (of !== slot || typeof place !== "string") return undefined;
    const entries = Object.entries((tables ?? {}) as JsonObject);
    return new SnapshotState(
      slot,
      place,
      entries.map(([name, value]) => [name, readTable(value as JsonObject)]),
    );
  }

  /** Names and OIDs of the tables whose rows were all read. */
  get oids(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#tables].map(([name, { oid }]) => [name, oid] as const),
    );
  }

  /** All of it. */
  get entries(): Iterable<readonly [string, TableState]> {
    return this.#tables;
  }

  get(table: string): TableState | undefined {
    return this.#tables.get(table);
  }

  set(table: string, state: TableState): void {
    this.#tables.set(table, state);
  }

  /** As it is stored. */
  toJson(): Json {
    const tables = [...this.#tables].map(([name, { oid, isDone, after }]) => [
      name,
      { oid, done: isDone, ...(after !== undefined && { after: [...after] }) },
    ]);
    return {
      slot: this.slot,
      place: this.place,
      tables: Object.fromEntries(tables),
    };
  }
}

function readTable({ oid, done, after }: JsonObject): TableState {
  return {
    oid: Number(oid),
    isDone: done === true,
    ...(Array.isArray(after) && { after: after.map(String) }),
  };
}
