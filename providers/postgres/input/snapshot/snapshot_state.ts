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
  /** That it was asked to be read again. */
  readonly again?: AgainState;
}

/** How far a table was read again, beside its changes. */
export interface AgainState {
  /** Where in the log it was asked for: an older signal is no news. */
  readonly signal: string;
  readonly isDone: boolean;
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
    if (!isObject(state)) return undefined;
    const { slot: of, place, tables } = state;
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
    const tables = [...this.#tables].map(([name, { oid, again, ...rows }]) => [
      name,
      { oid, ...rowsToJson(rows), ...(again && { again: againToJson(again) }) },
    ]);
    return {
      slot: this.slot,
      place: this.place,
      tables: Object.fromEntries(tables),
    };
  }
}

interface Rows {
  readonly isDone: boolean;
  readonly after?: readonly string[];
}

function rowsToJson({ isDone, after }: Rows): JsonObject {
  return { done: isDone, ...(after !== undefined && { after: [...after] }) };
}

function againToJson({ signal, ...rows }: AgainState): JsonObject {
  return { signal, ...rowsToJson(rows) };
}

function readTable({ oid, again, ...rows }: JsonObject): TableState {
  return {
    oid: Number(oid),
    ...readRows(rows),
    ...(isObject(again) && typeof again.signal === "string" && {
      again: { signal: again.signal, ...readRows(again) },
    }),
  };
}

function readRows({ done, after }: JsonObject): Rows {
  return {
    isDone: done === true,
    ...(Array.isArray(after) && { after: after.map(String) }),
  };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
