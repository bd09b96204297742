/**
 * COLMETADATA, ROW and NBCROW (MS-TDS 2.2.7.4, 2.2.7.19, 2.2.7.14).
 *
 * @module
 */

import type { Column, Row, RowBlock } from "./answer.ts";
import { ByteWriter } from "./byte_writer.ts";
import { LATIN1 } from "./collation.ts";
import { type ColumnType, columnType } from "./column_type.ts";

const COLMETADATA = 0x81;
const ROW = 0xd1;
const NBCROW = 0xd2;
const NULLABLE = 0x01;
const UPDATABLE_UNKNOWN = 0x08;

/** Writes rows of one result set. */
export class RowEncoder {
  readonly #columns: readonly Column[];
  readonly #types: readonly ColumnType[];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#types = columns.map((column) =>
      columnType(column.type, {
        isNullable: column.isNullable ?? true,
        collation: column.collation ?? LATIN1,
      })
    );
  }

  writeMetadata(writer: ByteWriter): void {
    writer.u8(COLMETADATA);
    writer.u16(this.#columns.length);
    this.#columns.forEach((column, index) => {
      writer.u32(0);
      const isNullable = column.isNullable ?? true;
      writer.u16((isNullable ? NULLABLE : 0) | UPDATABLE_UNKNOWN);
      this.#types[index].writeInfo(writer);
      if (this.#types[index].namesTable) {
        writer.u8(1);
        writer.usVarchar("t");
      }
      writer.bVarchar(column.name);
    });
  }

  /** A row with many nulls is sent with a bitmap of them, as SQL Server does. */
  writeRow(writer: ByteWriter, row: Row): void {
    let nulls = 0;
    for (let i = 0; i < row.length; i++) if (row[i] === null) nulls++;
    if (nulls > row.length / 8) this.#writeWithBitmap(writer, row);
    else this.#writePlain(writer, row);
  }

  #writePlain(writer: ByteWriter, row: Row): void {
    writer.u8(ROW);
    for (let i = 0; i < this.#types.length; i++) {
      if (row[i] !== null) this.#types[i].writeValue(writer, row[i]);
      else this.#writeNull(writer, i);
    }
  }

  #writeNull(writer: ByteWriter, index: number): void {
    const { writeNull } = this.#types[index];
    if (writeNull === undefined) {
      throw new Error(`null in column ${this.#columns[index].name}`);
    }
    writeNull(writer);
  }

  #writeWithBitmap(writer: ByteWriter, row: Row): void {
    writer.u8(NBCROW);
    for (let first = 0; first < row.length; first += 8) {
      let bits = 0;
      for (let i = 0; i < 8 && first + i < row.length; i++) {
        if (row[first + i] === null) bits |= 1 << i;
      }
      writer.u8(bits);
    }
    row.forEach((value, index) => {
      if (value !== null) this.#types[index].writeValue(writer, value);
    });
  }
}

/**
 * Encodes rows once, to be sent many times: for benchmarks.
 *
 * @example
 * ```ts
 * const block = encodeRows([{ name: "n", type: "int" }], [[1], [2]]);
 * if (block.rowCount !== 2) throw new Error();
 * ```
 */
export function encodeRows(
  columns: readonly Column[],
  rows: readonly Row[],
): RowBlock {
  const encoder = new RowEncoder(columns);
  const writer = new ByteWriter(1 << 16);
  for (const row of rows) encoder.writeRow(writer, row);
  return { bytes: writer.take(), rowCount: rows.length };
}
