/**
 * Rows from the wire straight to envelope lines: the hot path.
 *
 * The driver makes an object of every value and a string of every text; here the
 * bytes of a row become the bytes of a line. It serves the usual reading (one
 * envelope a change, no before-images, no commit times, no old large types); what
 * it doesn't know of a type it leaves to the driver and column_value.ts, so both
 * ways write the same (fast_rows_test.ts holds them together).
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { CapturedColumn } from "./column_sql.ts";
import {
  type EncodeValue,
  isTimeText,
  isWrittenAsText,
  type SqlValue,
  type ValueOptions,
} from "./column_value.ts";
import type { LineBuffer } from "./line_buffer.ts";
import {
  COMMAND_DIGITS,
  LINE_END,
  type LineForm,
  type Place,
} from "./line_form.ts";
import {
  type Bytes,
  bytesOf,
  MAX_BYTES_PER_UNIT,
  putText,
} from "./utf16_json.ts";

/** A column's type as the driver has it. */
export interface WireColumn {
  readonly colName: string;
  readonly type: { readonly name: string };
  readonly dataLength?: number | undefined;
}

/** What the driver does for types that are not known here. */
export interface WireReader {
  /** @returns The value and where it ends; throws when bytes are missing. */
  value(
    buffer: Buffer,
    at: number,
    column: WireColumn,
  ): { readonly value: SqlValue | null; readonly offset: number };
  /** Throws: this many bytes of the buffer are needed. */
  missing(bytes: number): never;
}

/** This row is for the driver: it is too large, or in several pieces. */
export class LeftToDriver extends Error {
  override readonly name = "LeftToDriver";
}

/** By name: whoever asks may have another copy of the class. */
export function isLeftToDriver(error: unknown): boolean {
  return error instanceof Error && error.name === "LeftToDriver";
}

type Kind = "text" | "time" | "int" | "bit" | "other";

interface FastColumn {
  /** `"name":`, with a comma before it but for the first. */
  readonly key: Uint8Array;
  readonly kind: Kind;
  readonly encode: EncodeValue;
}

/** What a line is made of besides its row. */
export interface FastShape {
  readonly columns: readonly CapturedColumn[];
  /** In the order of the columns. */
  readonly encoders: readonly {
    readonly encode: EncodeValue;
    readonly isMasked: boolean;
  }[];
  readonly options: ValueOptions;
  readonly form: LineForm;
}

const utf8 = new TextEncoder();
const NULL = utf8.encode("null");
const TRUE = utf8.encode("true");
const FALSE = utf8.encode("false");
const HEX = utf8.encode("0123456789abcdef");
const CAPITAL_T = 0x54;
/** Of the T, behind the quote and the date. */
const TIME_AT = 11;
/** More than keys, numbers and constants of one value need. */
const SPARE_BYTES = 512;
/** Length in a column's description that means max. */
const MAX_LENGTH = 0xffff;
const NULL_LENGTH = 0xffff;

/** Lines of one capture instance's rows, without values in between. */
export class FastRows {
  readonly #columns: readonly FastColumn[];
  /** What stands behind a row, by operation. */
  readonly #tails: ReadonlyMap<number, readonly (Uint8Array | Place)[]>;
  readonly #buffer: LineBuffer;
  readonly #reader: WireReader;
  #out: Uint8Array = NULL;
  #outBytes: Bytes = bytesOf(NULL);
  #source: Bytes = bytesOf(NULL);
  #at = 0;
  /** Of the last row. */
  readonly lsn: Uint8Array = new Uint8Array(10);
  readonly seqval: Uint8Array = new Uint8Array(10);
  commandId = 0;
  operation = 0;
  /** Whether rows are read and not kept. */
  isDropping = false;

  constructor(shape: FastShape, buffer: LineBuffer, reader: WireReader) {
    this.#columns = shape.columns.map((column, i) => ({
      key: utf8.encode(`${i === 0 ? "" : ","}${JSON.stringify(column.name)}:`),
      kind: shape.encoders[i].isMasked
        ? "other"
        : kindOf(column, shape.options),
      encode: shape.encoders[i].encode,
    }));
    this.#tails = tailsOf(shape.form);
    this.#buffer = buffer;
    this.#reader = reader;
  }

  /**
   * Writes the line of one row.
   *
   * @param at Behind the token's type and its bitmap of NULLs.
   * @returns Where the row ends.
   */
  read(
    source: Buffer,
    at: number,
    wire: readonly WireColumn[],
    nulls: Uint8Array | undefined,
  ): number {
    const begun = this.#buffer.begin();
    this.#writeTo(begun.bytes);
    this.#at = begun.at;
    if (this.#source.bytes !== source) this.#source = bytesOf(source);
    this.#room(SPARE_BYTES);
    at = this.#readPlace(source, at, wire, nulls);
    this.#put(DATA);
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i];
      this.#room(column.key.length + SPARE_BYTES);
      this.#put(column.key);
      const w = i + PLACE_COLUMNS;
      if (nulls !== undefined && (nulls[w >> 3] & 1 << (w & 7)) !== 0) {
        this.#put(NULL);
      } else at = this.#value(source, at, wire[w], column);
    }
    this.#putMetadata();
    if (!this.isDropping) this.#buffer.finish(this.#at);
    return at;
  }

  /** LSN, command, sequence and operation; only the command may be NULL. */
  #readPlace(
    source: Buffer,
    at: number,
    wire: readonly WireColumn[],
    nulls: Uint8Array | undefined,
  ): number {
    at = this.#bytes10(source, at, this.lsn);
    const isNull = nulls !== undefined && (nulls[0] & 2) !== 0;
    if (isNull) this.commandId = 0;
    else {
      const read = this.#reader.value(source, at, wire[1]);
      this.commandId = (read.value ?? 0) as number;
      at = read.offset;
    }
    at = this.#bytes10(source, at, this.seqval);
    const read = this.#reader.value(source, at, wire[3]);
    this.operation = read.value as number;
    return read.offset;
  }

  #bytes10(source: Buffer, at: number, into: Uint8Array): number {
    if (source.length < at + 12) this.#reader.missing(at + 12);
    for (let i = 0; i < 10; i++) into[i] = source[at + 2 + i];
    return at + 12;
  }

  #value(
    source: Buffer,
    at: number,
    wire: WireColumn,
    column: FastColumn,
  ): number {
    switch (column.kind) {
      case "text":
      case "time":
        if (wire.type.name === "NVarChar" || wire.type.name === "NChar") {
          return wire.dataLength === MAX_LENGTH
            ? this.#largeText(source, at)
            : this.#text(source, at, column.kind === "time");
        }
        break;
      case "int":
        if (wire.type.name === "IntN") return this.#int(source, at, column);
        break;
      case "bit":
        if (wire.type.name === "BitN") return this.#bit(source, at);
    }
    return this.#other(source, at, wire, column);
  }

  #text(source: Buffer, at: number, isTime: boolean): number {
    if (source.length < at + 2) this.#reader.missing(at + 2);
    const length = source[at] | source[at + 1] << 8;
    if (length === NULL_LENGTH) {
      this.#put(NULL);
      return at + 2;
    }
    const from = at + 2;
    const to = from + length;
    if (source.length < to) this.#reader.missing(to);
    this.#room(length / 2 * MAX_BYTES_PER_UNIT + SPARE_BYTES);
    const begin = this.#at;
    this.#at = putText(this.#source, from, to, this.#outBytes, begin);
    if (isTime) this.#out[begin + TIME_AT] = CAPITAL_T;
    return to;
  }

  /** MS-TDS 2.2.5.2.3: a total of eight bytes, then chunks. */
  #largeText(source: Buffer, at: number): number {
    if (source.length < at + 8) this.#reader.missing(at + 8);
    // A NULL has no chunk: the row may end with it.
    if (source[at] === 0xff && source[at + 7] === 0xff) {
      this.#put(NULL);
      return at + 8;
    }
    if (source.length < at + 12) this.#reader.missing(at + 12);
    const length = source.readUInt32LE(at + 8);
    const from = at + 12;
    if (length === 0) {
      this.#at = putText(this.#source, from, from, this.#outBytes, this.#at);
      return from;
    }
    const to = from + length;
    if (source.length < to + 4) {
      if (length > MAX_ROW_BYTES) throw new LeftToDriver();
      this.#reader.missing(to + 4);
    }
    if (source.readUInt32LE(to) !== 0) throw new LeftToDriver();
    this.#room(length / 2 * MAX_BYTES_PER_UNIT + SPARE_BYTES);
    this.#at = putText(this.#source, from, to, this.#outBytes, this.#at);
    return to + 4;
  }

  #int(source: Buffer, at: number, column: FastColumn): number {
    if (source.length < at + 1) this.#reader.missing(at + 1);
    const length = source[at];
    if (source.length < at + 1 + length) this.#reader.missing(at + 1 + length);
    switch (length) {
      case 0:
        this.#put(NULL);
        break;
      case 1:
        this.#putNumber(source[at + 1]);
        break;
      case 2:
        this.#putNumber(source.readInt16LE(at + 1));
        break;
      case 4:
        this.#putNumber(source.readInt32LE(at + 1));
        break;
      default:
        this.#putString(column.encode(source.readBigInt64LE(at + 1)));
    }
    return at + 1 + length;
  }

  #bit(source: Buffer, at: number): number {
    if (source.length < at + 1) this.#reader.missing(at + 1);
    const length = source[at];
    if (source.length < at + 1 + length) this.#reader.missing(at + 1 + length);
    this.#put(length === 0 ? NULL : source[at + 1] !== 0 ? TRUE : FALSE);
    return at + 1 + length;
  }

  #other(
    source: Buffer,
    at: number,
    wire: WireColumn,
    { encode }: FastColumn,
  ): number {
    if (wire.dataLength === MAX_LENGTH) throw new LeftToDriver();
    const { value, offset } = this.#reader.value(source, at, wire);
    if (value === null) this.#put(NULL);
    else this.#putString(encode(value));
    return offset;
  }

  #putMetadata(): void {
    for (const part of this.#tails.get(this.operation)!) {
      if (typeof part === "string") this.#putPlace(part);
      else {
        this.#room(part.length + SPARE_BYTES);
        this.#put(part);
      }
    }
  }

  #putPlace(place: Place): void {
    switch (place) {
      case "lsn":
        return this.#putHex(this.lsn);
      case "seq":
        return this.#putHex(this.seqval);
      case "command":
        return this.#putNumber(this.commandId);
      case "padded_command":
        return this.#putPadded(this.commandId);
    }
  }

  #room(most: number): void {
    if (this.#out.length - this.#at >= most) return;
    this.#writeTo(this.#buffer.grow(this.#at, most));
  }

  #writeTo(bytes: Uint8Array): void {
    this.#out = bytes;
    if (this.#outBytes.bytes !== bytes) this.#outBytes = bytesOf(bytes);
  }

  #put(bytes: Uint8Array): void {
    // A loop: these are short, and set() has a price of its own.
    const out = this.#out;
    let at = this.#at;
    for (let i = 0; i < bytes.length; i++) out[at++] = bytes[i];
    this.#at = at;
  }

  #putHex(bytes: Uint8Array): void {
    const out = this.#out;
    let at = this.#at;
    for (let i = 0; i < bytes.length; i++) {
      out[at++] = HEX[bytes[i] >> 4];
      out[at++] = HEX[bytes[i] & 15];
    }
    this.#at = at;
  }

  #putNumber(value: number): void {
    const text = "" + value;
    for (let i = 0; i < text.length; i++) {
      this.#out[this.#at++] = text.charCodeAt(i);
    }
  }

  /** A count from 0 up. */
  #putPadded(value: number): void {
    const begin = this.#at;
    for (let at = begin + COMMAND_DIGITS - 1; at >= begin; at--) {
      this.#out[at] = 0x30 + value % 10;
      value = Math.floor(value / 10);
    }
    this.#at = begin + COMMAND_DIGITS;
  }

  #putString(text: string): void {
    this.#room(text.length * 3 + SPARE_BYTES);
    const target = this.#out.subarray(this.#at);
    this.#at += utf8.encodeInto(text, target).written;
  }
}

const DATA = utf8.encode('{"data":{');
/** Before the table's own columns. */
const PLACE_COLUMNS = 4;
/** A row that needs more is read by the driver piece by piece. */
export const MAX_ROW_BYTES = 256 * 1024;

/** The operations that are read in this way. */
const CHANGES = [1, 2, 4];

function tailsOf(form: LineForm): Map<number, (Uint8Array | Place)[]> {
  return new Map(CHANGES.map((operation) => [
    operation,
    [
      utf8.encode("}"),
      ...form.parts(operation)
        .map((part) => "text" in part ? utf8.encode(part.text) : part.place),
      utf8.encode(LINE_END),
    ],
  ]));
}

function kindOf({ typeName }: CapturedColumn, options: ValueOptions): Kind {
  if (isTimeText(typeName)) return "time";
  if (isWrittenAsText(typeName, options)) return "text";
  if (options.values === "string") return "other";
  switch (typeName) {
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint":
      return "int";
    case "bit":
      return "bit";
    default:
      return "other";
  }
}
