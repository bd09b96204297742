/**
 * Parameters of an RPC (MS-TDS 2.2.6.6): names, types and values, in the shapes that
 * rows are written from.
 *
 * @module
 */

import { ByteReader } from "./byte_reader.ts";
import type { SqlValue } from "./column_type.ts";
import { DAYS_TO_1900, formatDate, formatTime } from "./dates.ts";
import { fromScaled } from "./decimals.ts";
import { concat } from "./packets.ts";

/** One parameter as the client sent it. */
export interface Parameter {
  /** Without the `@`; empty when it came by place. */
  readonly name: string;
  readonly value: SqlValue;
  /** An output parameter. */
  readonly isOutput: boolean;
}

/** A procedure call. */
export interface RpcCall {
  readonly procedure: string;
  readonly parameters: readonly Parameter[];
}

/** Procedures that are called by number. */
const PROCEDURES: Readonly<Record<number, string>> = {
  10: "sp_executesql",
  11: "sp_prepare",
  12: "sp_execute",
  13: "sp_prepexec",
  15: "sp_unprepare",
};

/** ALL_HEADERS (MS-TDS 2.2.5.3): transaction and count; nothing we need. */
export function skipHeaders(reader: ByteReader): void {
  const at = reader.at;
  reader.at = at + reader.u32();
}

/** @returns The call in an RPC message. */
export function readRpc(payload: Uint8Array): RpcCall {
  const reader = new ByteReader(payload);
  skipHeaders(reader);
  const procedure = readProcedure(reader);
  reader.u16(); // Options: none that matter here.
  const parameters: Parameter[] = [];
  while (reader.remaining > 0) parameters.push(readParameter(reader));
  return { procedure, parameters };
}

function readProcedure(reader: ByteReader): string {
  const length = reader.u16();
  if (length !== 0xffff) return reader.ucs2(length * 2);
  const number = reader.u16();
  return PROCEDURES[number] ?? `procedure ${number}`;
}

function readParameter(reader: ByteReader): Parameter {
  const name = reader.bVarchar().replace(/^@/, "");
  const isOutput = (reader.u8() & 1) !== 0;
  return { name, isOutput, value: readTyped(reader) };
}

/** TYPE_INFO and the value. */
function readTyped(reader: ByteReader): SqlValue {
  const id = reader.u8();
  const read = READERS[id];
  if (read === undefined) {
    throw new Error(`parameters of type 0x${id.toString(16)} aren't read`);
  }
  return read(reader);
}

type Read = (reader: ByteReader) => SqlValue;

const READERS: Readonly<Record<number, Read>> = {
  0x1f: () => null,
  0x24: sized(1, (r) => readGuid(r)),
  0x26: sized(1, readInteger),
  0x28: counted((r) => formatDate(r.u24())),
  0x29: scaledTime((r, scale, size) => readClock(r, scale, size)),
  0x2a: scaledTime((r, scale, size) => readDateTime2(r, scale, size - 3)),
  0x2b: scaledTime((r, scale, size) => {
    const utc = readDateTime2(r, scale, size - 5);
    r.i16();
    return `${utc} +00:00`; // The client sends UTC whatever its zone is.
  }),
  0x68: sized(1, (r) => r.u8() !== 0),
  0x6a: readDecimal,
  0x6c: readDecimal,
  0x6d: sized(1, (r, size) => size === 4 ? r.f32() : r.f64()),
  0x6e: sized(1, readMoney),
  0x6f: sized(1, readOldDateTime),
  0xa5: longBytes((bytes) => bytes),
  0xad: longBytes((bytes) => bytes),
  0xa7: longText((bytes) => new TextDecoder("windows-1252").decode(bytes)),
  0xaf: longText((bytes) => new TextDecoder("windows-1252").decode(bytes)),
  0xe7: longText((bytes) => new TextDecoder("utf-16le").decode(bytes)),
  0xef: longText((bytes) => new TextDecoder("utf-16le").decode(bytes)),
};

type ReadSized = (reader: ByteReader, sizeBytes: number) => SqlValue;

/** A byte of length in the value, 0 for null. */
function counted(read: ReadSized): Read {
  return (reader) => {
    const sizeBytes = reader.u8();
    return sizeBytes === 0 ? null : read(reader, sizeBytes);
  };
}

/** So many bytes of TYPE_INFO, which the value's own length makes needless. */
function sized(infoBytes: number, read: ReadSized): Read {
  const readValue = counted(read);
  return (reader) => {
    reader.at += infoBytes;
    return readValue(reader);
  };
}

function scaledTime(
  read: (reader: ByteReader, scale: number, sizeBytes: number) => SqlValue,
): Read {
  return (reader) => {
    const scale = reader.u8();
    return counted((r, sizeBytes) => read(r, scale, sizeBytes))(reader);
  };
}

function readInteger(reader: ByteReader, sizeBytes: number): SqlValue {
  if (sizeBytes === 1) return reader.u8();
  if (sizeBytes === 2) return reader.i16();
  return sizeBytes === 4 ? reader.i32() : reader.i64();
}

function readMoney(reader: ByteReader, sizeBytes: number): SqlValue {
  if (sizeBytes === 4) return fromScaled(BigInt(reader.i32()), 4);
  const high = BigInt(reader.i32());
  return fromScaled((high << 32n) + BigInt(reader.u32()), 4);
}

function readDecimal(reader: ByteReader): SqlValue {
  reader.at += 2; // Length and precision.
  const scale = reader.u8();
  return counted((r, sizeBytes) => {
    const isPositive = r.u8() === 1;
    let magnitude = 0n;
    for (let shift = 0n; shift < (sizeBytes - 1) * 8; shift += 32n) {
      magnitude += BigInt(r.u32()) << shift;
    }
    return fromScaled(isPositive ? magnitude : -magnitude, scale);
  })(reader);
}

function readClock(reader: ByteReader, scale: number, size: number): string {
  const units = size === 3
    ? reader.u24()
    : size === 4
    ? reader.u32()
    : reader.u40();
  return formatTime(units * 10 ** (7 - scale), scale);
}

function readDateTime2(reader: ByteReader, scale: number, timeBytes: number) {
  const clock = readClock(reader, scale, timeBytes);
  return `${formatDate(reader.u24())} ${clock}`;
}

function readOldDateTime(reader: ByteReader, sizeBytes: number): SqlValue {
  if (sizeBytes === 4) {
    const days = reader.u16() + DAYS_TO_1900;
    return `${formatDate(days)} ${formatTime(reader.u16() * 600_000_000, 0)}`;
  }
  const days = reader.i32() + DAYS_TO_1900;
  const ms = Math.round(reader.u32() * 10 / 3);
  return `${formatDate(days)} ${formatTime(ms * 10_000, 3)}`;
}

function readGuid(reader: ByteReader): string {
  const bytes = reader.bytes(16);
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((at) => bytes[at].toString(16).padStart(2, "0")).join(
    "",
  );
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
    .toUpperCase();
}

type Convert = (bytes: Uint8Array) => SqlValue;

function longBytes(convert: Convert): Read {
  return (reader) => readLong(reader, convert);
}

function longText(convert: Convert): Read {
  return (reader) => readLong(reader, convert, 5);
}

/** A value of at most 8,000 bytes, or in chunks (PLP) when declared `max`. */
function readLong(
  reader: ByteReader,
  convert: Convert,
  collationBytes = 0,
): SqlValue {
  const declared = reader.u16();
  reader.at += collationBytes;
  if (declared === 0xffff) return readPlp(reader, convert);
  const sizeBytes = reader.u16();
  return sizeBytes === 0xffff ? null : convert(reader.bytes(sizeBytes));
}

function readPlp(reader: ByteReader, convert: Convert): SqlValue {
  if (reader.u64() === 0xffff_ffff_ffff_ffffn) return null;
  const parts: Uint8Array[] = [];
  for (let size = reader.u32(); size > 0; size = reader.u32()) {
    parts.push(reader.bytes(size));
  }
  return convert(concat(parts));
}
