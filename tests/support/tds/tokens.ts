/**
 * The tokens of an answer besides rows (MS-TDS 2.2.7).
 *
 * @module
 */

import type { ByteWriter } from "./byte_writer.ts";
import type { SqlMessage, SqlServerError } from "./errors.ts";

const RETURNSTATUS = 0x79;
const RETURNVALUE = 0xac;
const ERROR = 0xaa;
const INFO = 0xab;
const LOGINACK = 0xad;
const FEATUREEXTACK = 0xae;
const ENVCHANGE = 0xe3;
const FEDAUTHINFO = 0xee;
const TDS_7_4 = 0x74000004;

/** The bits of DONE's status (2.2.7.6). */
export const DoneStatus = {
  final: 0x00,
  more: 0x01,
  error: 0x02,
  count: 0x10,
  attention: 0x20,
  serverError: 0x100,
} as const;

/** Which DONE: of a batch, of a procedure, of a statement in one. */
export const DoneToken = { done: 0xfd, proc: 0xfe, inProc: 0xff } as const;

/** The kinds of ENVCHANGE we send (2.2.7.9). */
export const EnvChange = {
  database: 1,
  packetSize: 4,
  collation: 7,
  begin: 8,
  commit: 9,
  rollback: 10,
  reset: 18,
} as const;

/** Which statement a DONE counts. */
export const Command = { select: 0xc1, update: 0xc5 } as const;

/** DONE, DONEPROC or DONEINPROC. */
export function writeDone(
  writer: ByteWriter,
  token: number,
  status: number,
  rowCount = 0,
  command: number = Command.select,
): void {
  writer.u8(token);
  writer.u16(status);
  writer.u16(command);
  writer.u64(BigInt(rowCount));
}

/** RETURNVALUE of sp_prepare and sp_prepexec (2.2.7.19): an int called handle. */
export function writeHandle(writer: ByteWriter, handle: number): void {
  writer.u8(RETURNVALUE);
  writer.u16(0); // The parameter's place.
  writer.bVarchar("@handle");
  writer.u8(1); // An output parameter, and no result of a function.
  writer.u32(0);
  writer.u16(1);
  for (const byte of [0x26, 4, 4]) writer.u8(byte);
  writer.i32(handle);
}

export function writeReturnStatus(writer: ByteWriter, status: number): void {
  writer.u8(RETURNSTATUS);
  writer.i32(status);
}

export function writeError(
  writer: ByteWriter,
  error: SqlServerError,
  serverName: string,
): void {
  writeMessage(writer, ERROR, error, serverName);
}

export function writeInfo(
  writer: ByteWriter,
  info: SqlMessage,
  serverName: string,
): void {
  writeMessage(writer, INFO, { severity: 0, ...info }, serverName);
}

function writeMessage(
  writer: ByteWriter,
  token: number,
  message: SqlMessage,
  serverName: string,
): void {
  writer.u8(token);
  const place = writer.placeholder(2);
  writer.u32(message.number);
  writer.u8(message.state ?? 1);
  writer.u8(message.severity ?? 16);
  writer.usVarchar(message.message);
  writer.bVarchar(serverName);
  writer.bVarchar(message.procedure ?? "");
  writer.i32(message.line ?? 1);
  writer.fillU16(place);
}

/** A change whose values are text. */
export function writeTextChange(
  writer: ByteWriter,
  kind: number,
  newValue: string,
  oldValue: string,
): void {
  writer.u8(ENVCHANGE);
  const place = writer.placeholder(2);
  writer.u8(kind);
  writer.bVarchar(newValue);
  writer.bVarchar(oldValue);
  writer.fillU16(place);
}

/** A change whose values are bytes: collations, transactions. */
export function writeBytesChange(
  writer: ByteWriter,
  kind: number,
  newValue: Uint8Array,
  oldValue: Uint8Array,
): void {
  writer.u8(ENVCHANGE);
  const place = writer.placeholder(2);
  writer.u8(kind);
  for (const value of [newValue, oldValue]) {
    writer.u8(value.length);
    writer.bytes(value);
  }
  writer.fillU16(place);
}

export function writeLoginAck(writer: ByteWriter): void {
  writer.u8(LOGINACK);
  const place = writer.placeholder(2);
  writer.u8(1); // SQL_TSQL
  writer.u32be(TDS_7_4);
  writer.bVarchar("Microsoft SQL Server");
  for (const part of [16, 0, 0x10, 0x36]) writer.u8(part);
  writer.fillU16(place);
}

/** What of the features the client asked for it gets (2.2.7.11). */
export function writeFeatureAcks(
  writer: ByteWriter,
  acks: readonly { readonly id: number; readonly data: Uint8Array }[],
): void {
  if (acks.length === 0) return;
  writer.u8(FEATUREEXTACK);
  for (const { id, data } of acks) {
    writer.u8(id);
    writer.u32(data.length);
    writer.bytes(data);
  }
  writer.u8(0xff);
}

/** Where the client gets a token, and for whom (2.2.7.12). */
export function writeFedAuthInfo(
  writer: ByteWriter,
  tokenServiceUrl: string,
  principal: string,
): void {
  writer.u8(FEDAUTHINFO);
  const place = writer.placeholder(4);
  const headBytes = 4 + 2 * 9;
  writer.u32(2);
  fedAuthOption(writer, 1, tokenServiceUrl, headBytes);
  const principalAt = headBytes + tokenServiceUrl.length * 2;
  fedAuthOption(writer, 2, principal, principalAt);
  writer.ucs2(tokenServiceUrl);
  writer.ucs2(principal);
  writer.fillU32(place);
}

function fedAuthOption(
  writer: ByteWriter,
  id: number,
  text: string,
  at: number,
): void {
  writer.u8(id);
  writer.u32(text.length * 2);
  writer.u32(at);
}
