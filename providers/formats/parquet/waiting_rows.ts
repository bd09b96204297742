/**
 * The rows of the group that waits, column by column.
 *
 * Values are checked as they come, so a wrong one rejects its own row. A value of the
 * usual form goes from the bytes of its line to where it is stored, and nothing is
 * made of it in between.
 *
 * @module
 */

import type { SchemaElement } from "hyparquet";
import type { Json, OutputBatch } from "@dstream/sdk";
import type { FieldTypeName, TableSchema } from "@dstream/sdk/changes";
import {
  type ColumnType,
  columnTypeOf,
  jsonText,
  type TypeOptions,
  WrongValue,
} from "./column_type.ts";
import type { ColumnValue } from "./columns/column_store.ts";
import { NestedStore } from "./columns/nested_store.ts";
import type { Scan } from "./columns/scan_number.ts";
import { type Store, storeFor } from "./columns/stores.ts";
import type { WordStore } from "./columns/word_store.ts";
import { parseRow } from "./row.ts";
import type { RowReader } from "./row_reader.ts";

/** What decides on the columns. */
export interface ColumnOptions extends TypeOptions {
  /** Columns that are left out, since the file's folder says them. */
  readonly without: readonly string[];
  /** Keys of the metadata that become columns, with an underscore before. */
  readonly metadataColumns: readonly string[];
}

/** One column. */
export interface Column {
  readonly name: string;
  readonly kind: FieldTypeName;
  readonly type: ColumnType;
  /** It and all below it, the way Parquet lists them. */
  readonly elements: readonly SchemaElement[];
  readonly key: Uint8Array;
  readonly isMetadata: boolean;
  readonly store: Store;
  readonly scan: Scan;
}

/** Why a row can't be one. */
interface Problem {
  readonly reason: string;
  readonly code: string;
}

const NO_ROW: Problem = {
  reason: "the data is no object",
  code: "not_a_row",
};
const LETTER_N = 0x6e;
const NULL_BYTES = 4;
const NEVER: Scan = () => false;

export class WaitingRows {
  readonly #options: ColumnOptions;
  readonly #reader: RowReader;
  #schema: TableSchema;
  #columns: readonly Column[];
  #count = 0;

  /** @param reader With the lines that rows are made of. */
  constructor(schema: TableSchema, options: ColumnOptions, reader: RowReader) {
    this.#options = options;
    this.#reader = reader;
    this.#schema = schema;
    this.#columns = columnsOf(schema, options);
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  get count(): number {
    return this.#count;
  }

  /** The reader's next line, which is this one of the batch. @returns Whether it fits. */
  take(batch: OutputBatch, index: number): boolean {
    const members = this.#reader.next();
    for (const { store } of this.#columns) store.beginRow(this.#count);
    const problem = this.#convert(members, batch, index);
    if (problem === undefined) this.#count++;
    else if (problem !== null) {
      batch.reject(index, problem.reason, problem.code);
    }
    return problem === undefined;
  }

  /** The memory they take, and that of groups before, which is used again. */
  get heldBytes(): number {
    return this.#columns.reduce((sum, { store }) => sum + store.heldBytes, 0);
  }

  /** They are written: the next row is the first one again. */
  clear(): void {
    this.#count = 0;
  }

  /** Gives the memory back; no row may wait. */
  release(): void {
    this.#columns = columnsOf(this.#schema, this.#options);
  }

  /** Goes on with other columns, where what is there fits them. @returns Whether. */
  adopt(schema: TableSchema): boolean {
    const before = new Map(this.#columns.map((each) => [each.name, each]));
    const columns: Column[] = [];
    for (const column of columnsOf(schema, this.#options)) {
      const kept = keptAs(column, before.get(column.name), this.#count);
      if (kept === undefined) return false;
      before.delete(column.name);
      columns.push(kept);
    }
    if (before.size > 0) return false;
    this.#schema = schema;
    this.#columns = columns;
    return true;
  }

  /** @returns Why the line can't be a row; `null` where it is rejected by now. */
  #convert(
    members: number,
    batch: OutputBatch,
    index: number,
  ): Problem | undefined | null {
    let problem: Problem | undefined;
    if (members >= 0) problem = this.#convertMembers(members);
    else {
      const text = batch.dataText(index);
      if (text === undefined) return null;
      const data = parseRow(text);
      problem = data === undefined ? NO_ROW : this.#convertObject(data, false);
    }
    if (problem !== undefined) return problem;
    if (this.#options.metadataColumns.length === 0) return undefined;
    return this.#convertObject(batch.metadata(index) ?? {}, true);
  }

  #convertMembers(members: number): Problem | undefined {
    const columns = this.#columns;
    const reader = this.#reader;
    const { bytes } = reader;
    const row = this.#count;
    for (let member = 0; member < members; member++) {
      // Nearly always the keys come in the order of the columns.
      const isInOrder = member < columns.length &&
        reader.hasKey(member, columns[member].key);
      const column = isInOrder
        ? columns[member]
        : this.#columnOf(reader.key(member));
      if (column === undefined) continue;
      const from = reader.valueFrom(member);
      const to = reader.valueTo(member);
      if (bytes[from] === LETTER_N && to - from === NULL_BYTES) {
        column.store.beginRow(row); // the key may have been there before
        continue;
      }
      if (column.scan(bytes, from, to, row)) continue;
      const problem = this.#put(
        column,
        () => column.type.read(reader.value(member)),
      );
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #convertObject(
    from: Readonly<Record<string, Json>>,
    isMetadata: boolean,
  ): Problem | undefined {
    for (const column of this.#columns) {
      if (column.isMetadata !== isMetadata) continue;
      const key = isMetadata ? column.name.slice(1) : column.name;
      if (!Object.hasOwn(from, key)) continue;
      const problem = this.#put(column, () => column.type.convert(from[key]));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #put(
    { name, store }: Column,
    convert: () => ColumnValue,
  ): Problem | undefined {
    try {
      const value = convert();
      if (value !== null) store.put(this.#count, value);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const reason = `${JSON.stringify(name)}: ${error.message}`;
      return { reason, code: "wrong_value" };
    }
  }

  #columnOf(name: string): Column | undefined {
    return this.#columns
      .find((column) => column.name === name && !column.isMetadata);
  }
}

function columnsOf(schema: TableSchema, options: ColumnOptions): Column[] {
  const fields = schema.fields
    .filter(({ name }) => !options.without.includes(name))
    .map((field) =>
      columnOf(field.name, field.type, columnTypeOf(field, options), false)
    );
  const metadata = options.metadataColumns
    .map((key) => columnOf(`_${key}`, "string", metadataText(), true));
  return [...fields, ...metadata];
}

function columnOf(
  name: string,
  kind: FieldTypeName,
  type: ColumnType,
  isMetadata: boolean,
): Column {
  const elements = type.elements(name);
  const store = storeFor(elements);
  const scan = type.scan?.(store) ?? NEVER;
  const key = new TextEncoder().encode(name);
  return { name, kind, type, elements, key, isMetadata, store, scan };
}

/** A column with the values of one that was there before. */
function keptAs(
  column: Column,
  before: Column | undefined,
  rows: number,
): Column | undefined {
  if (before?.kind === column.kind) return before;
  const isWider = before?.kind === "int64" && column.kind === "float64";
  if (before !== undefined && !isWider) return undefined;
  const { store } = column;
  for (let row = 0; row < rows; row++) {
    store.beginRow(row);
    if (before === undefined || store instanceof NestedStore) continue;
    const whole = before.store as WordStore;
    if (whole.defined[row] === 1) store.put(row, whole.numberAt(row));
  }
  return column;
}

/** Text as it is, all else as JSON. */
function metadataText(): ColumnType {
  const { elements, read, convert } = jsonText();
  return {
    elements,
    read,
    convert: (value) => typeof value === "string" ? value : convert(value),
  };
}
