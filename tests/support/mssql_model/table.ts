/**
 * Tables of the model: their columns, their key, their present rows.
 *
 * @module
 */

import type { SqlValue } from "../tds/column_type.ts";
import { type Comparable, comparable, compareAll } from "./comparable.ts";
import type { ModelColumn } from "./model_column.ts";

/** Values by column name; a column that is missing is NULL. */
export type RowValues = Readonly<Record<string, SqlValue>>;

/** A table of a database. */
export class ModelTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: ModelColumn[];
  readonly #rows = new Map<string, RowValues>();
  /** sys.tables.modify_date, as Date.now(). */
  modifiedAtMs = 0;

  /** @param path `schema.table`; a bare name is in dbo. */
  constructor(
    path: string,
    readonly objectId: number,
    columns: readonly ModelColumn[],
    /** Names of the primary key's columns; none for a heap. */
    readonly key: readonly string[],
  ) {
    const [schema, name] = path.includes(".")
      ? path.split(/\.(.*)/s)
      : ["dbo", path];
    this.schema = schema;
    this.name = name;
    this.columns = [...columns];
  }

  get path(): string {
    return `${this.schema}.${this.name}`;
  }

  get rowCount(): number {
    return this.#rows.size;
  }

  column(name: string): ModelColumn {
    const column = this.columns.find((one) => one.name === name);
    if (column === undefined) throw new Error(`${this.path} has no ${name}`);
    return column;
  }

  /** Rows in the order of the key. */
  sortedRows(): RowValues[] {
    return [...this.#rows.values()]
      .map((row) => ({ row, key: this.keyOf(row) }))
      .sort((a, b) => compareAll(a.key, b.key)).map(({ row }) => row);
  }

  keyOf(row: RowValues): Comparable[] {
    return this.key.map((name) =>
      comparable(row[name] ?? null, this.column(name).type)
    );
  }

  /** @returns The row with this key. */
  find(key: RowValues): RowValues | undefined {
    return this.#rows.get(this.#identity(key));
  }

  put(row: RowValues): void {
    this.#rows.set(this.#identity(row), row);
  }

  /** A column that was dropped is in no row. */
  forget(name: string): void {
    for (const [identity, { [name]: _, ...row }] of this.#rows) {
      this.#rows.set(identity, row);
    }
  }

  remove(key: RowValues): void {
    this.#rows.delete(this.#identity(key));
  }

  /** A heap's rows are told apart by all their values. */
  #identity(row: RowValues): string {
    const names = this.key.length > 0
      ? this.key
      : this.columns.map(({ name }) => name);
    return JSON.stringify(names.map((name) => String(row[name] ?? null)));
  }
}
