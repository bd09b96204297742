/**
 * How the rows of one table are written: names and writers of its columns, and the
 * parts of its metadata that are the same for each row.
 *
 * @module
 */

import {
  MetadataWriter,
  type Operation,
  OPERATIONS,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk/changes";
import { shownName, type TableName } from "../../names.ts";
import { columnType, type TypeTable } from "./types.ts";
import type { ValueKind, ValueWriter } from "./values.ts";

/** What is known of a column when its table is opened. */
export interface ShapeColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly modifier: number;
  /** A part of what the stream names old rows by. */
  readonly isIdentity: boolean;
  readonly isNullable: boolean;
  /** As the server shows it: `numeric(19,4)`. */
  readonly native: string | undefined;
}

/** Which columns the user wants. */
export interface ColumnChoice {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly mask?: readonly string[] | undefined;
}

/** One column, ready to be written. */
export interface ShapeCell {
  readonly name: string;
  /** `"name":` */
  readonly label: Uint8Array;
  /** The same behind a comma. */
  readonly nextLabel: Uint8Array;
  /** Absent: the column is left out. */
  readonly write: ValueWriter | undefined;
  /** What that is; absent: a list. */
  readonly kind: ValueKind | "masked" | "left_out" | undefined;
  readonly isIdentity: boolean;
}

const MASKED = new TextEncoder().encode('"***"');
const encoder = new TextEncoder();

/** See the module comment. */
export class RowShape {
  /** As `metadata.table` says it. */
  readonly table: string;
  readonly schema: TableSchema;
  readonly cells: readonly ShapeCell[];
  readonly #openings: Readonly<Record<Operation, Uint8Array>>;

  /**
   * @param key Names of the primary key's columns; none: rows can't be told apart.
   * @param extra More metadata of each envelope of this table.
   */
  constructor(
    readonly name: TableName,
    columns: readonly ShapeColumn[],
    key: readonly string[],
    types: TypeTable,
    choice: ColumnChoice = {},
    extra: Readonly<Record<string, string>> = {},
  ) {
    this.table = shownName(name);
    const isChosen = chooser(choice);
    const isMasked = (each: string) => choice.mask?.includes(each) === true;
    const typed = columns.map((column) => ({
      column,
      type: columnType(column.typeOid, column.modifier, types),
    }));
    this.cells = typed.map(({ column, type }) => ({
      name: column.name,
      label: encoder.encode(`${JSON.stringify(column.name)}:`),
      nextLabel: encoder.encode(`,${JSON.stringify(column.name)}:`),
      write: !isChosen(column.name)
        ? undefined
        : isMasked(column.name)
        ? (json) => json.raw(MASKED)
        : type.write,
      kind: !isChosen(column.name)
        ? "left_out"
        : isMasked(column.name)
        ? "masked"
        : type.kind,
      isIdentity: column.isIdentity,
    }));
    const kept = key.length > 0 && key.every(isChosen) ? key : [];
    this.schema = {
      table: this.table,
      ...(kept.length > 0 && { key: kept }),
      fields: typed.filter(({ column }) => isChosen(column.name)).map(
        ({ column, type }): SchemaField => ({
          name: column.name,
          ...(isMasked(column.name) ? { type: "string" } : type.field),
          ...(column.isNullable && { nullable: true }),
          ...(column.native !== undefined && { native: column.native }),
        }),
      ),
    };
    this.#openings = Object.fromEntries(OPERATIONS.map((operation) => {
      const constants = {
        table: this.table,
        operation,
        key: this.schema.key,
        source: "postgres",
      };
      const { head } = new MetadataWriter(constants, extra);
      return [operation, encoder.encode(`,"metadata":${head}`)];
    })) as Record<Operation, Uint8Array>;
  }

  /** `,"metadata":{"table":…,"operation":…` without its end. */
  opening(operation: Operation): Uint8Array {
    return this.#openings[operation];
  }
}

function chooser(
  { include, exclude }: ColumnChoice,
): (name: string) => boolean {
  return (name) =>
    (include === undefined || include.includes(name)) &&
    exclude?.includes(name) !== true;
}
