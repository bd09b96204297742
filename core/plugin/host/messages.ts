/**
 * The messages of plugins, in the form of Protocol Buffers.
 *
 * Fields by number, as the plugin.proto of upstream's SDKs has them; `Struct` as
 * google/protobuf/struct.proto.
 *
 * @module
 */

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { PluginError } from "./plugin_error.ts";

/** What a plugin says of one key of its config. */
export interface FieldSchema {
  readonly name: string;
  /** `string`, `int`, `bool`, `list`, `map`, `object`, or anything else. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
  /** Of an object. */
  readonly fields: readonly FieldSchema[];
}

/** What a plugin is started with; what isn't there is left out. */
export interface StartRequest {
  readonly input?: Side;
  readonly output?: Side;
  readonly config: JsonObject;
}

interface Side {
  readonly provider: string;
  readonly config: JsonObject;
}

type Json = null | boolean | number | string | Json[] | JsonObject;
/** A config; numbers beyond 2^53 are refused before. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A part of a plugin's stdout or stderr. */
export interface StdioData {
  /** 1 stdout, 2 stderr. */
  readonly channel: number;
  readonly data: Uint8Array;
}

/** `google.protobuf.Empty`, and all that are empty. */
export const EMPTY: Uint8Array = new Uint8Array();

/** plugin.StartRequest */
export function encodeStart(request: StartRequest): Uint8Array {
  const writer = new BinaryWriter();
  for (
    const [field, side] of [[1, request.input], [2, request.output]] as const
  ) {
    if (side === undefined) continue;
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(side.provider);
    writeStruct(
      writer.tag(2, WireType.LengthDelimited),
      side.config,
      field === 1 ? "input.config" : "output.config",
    );
    writer.join();
  }
  writeStruct(
    writer.tag(3, WireType.LengthDelimited),
    request.config,
    "config",
  );
  return writer.finish();
}

function writeStruct(writer: BinaryWriter, value: JsonObject, path: string) {
  writer.fork();
  for (const [key, each] of Object.entries(value)) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writeValue(
      writer.tag(2, WireType.LengthDelimited),
      each,
      `${path}.${key}`,
    );
    writer.join();
  }
  writer.join();
}

function writeValue(writer: BinaryWriter, value: Json, path: string): void {
  writer.fork();
  if (value === null) writer.tag(1, WireType.Varint).int32(0);
  else if (typeof value === "number") {
    refuseInexact(value, path);
    writer.tag(2, WireType.Bit64).double(value);
  } else if (typeof value === "string") {
    writer.tag(3, WireType.LengthDelimited).string(value);
  } else if (typeof value === "boolean") {
    writer.tag(4, WireType.Varint).bool(value);
  } else if (Array.isArray(value)) {
    writer.tag(6, WireType.LengthDelimited).fork();
    for (const [index, each] of value.entries()) {
      writeValue(
        writer.tag(1, WireType.LengthDelimited),
        each,
        `${path}[${index}]`,
      );
    }
    writer.join();
  } else writeStruct(writer.tag(5, WireType.LengthDelimited), value, path);
  writer.join();
}

/** A Struct's numbers are doubles: rounding one would be silent. */
function refuseInexact(value: number, path: string): void {
  const isExact = Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (isExact) return;
  const message = "a plugin gets numbers as doubles, which can't hold this one";
  throw new PluginError("config", message, undefined, [
    { path, message, hint: "write it as a string" },
  ]);
}

/** plugin.GetSchemaResponse */
export function decodeSchema(bytes: Uint8Array): FieldSchema[] {
  const reader = new BinaryReader(bytes);
  const fields: FieldSchema[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) fields.push(decodeField(reader.bytes()));
    else reader.skip(type, field);
  }
  return fields;
}

function decodeField(bytes: Uint8Array): FieldSchema {
  const reader = new BinaryReader(bytes);
  const found = { name: "", type: "", isRequired: false, description: "" };
  const fields: FieldSchema[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) found.name = reader.string();
    else if (field === 2) found.type = reader.string();
    else if (field === 3) found.isRequired = reader.bool();
    else if (field === 4) found.description = reader.string();
    else if (field === 5) fields.push(decodeField(reader.bytes()));
    else reader.skip(type, field);
  }
  return { ...found, fields };
}

/** plugin.StdioData of go-plugin's GRPCStdio. */
export function decodeStdio(bytes: Uint8Array): StdioData {
  const reader = new BinaryReader(bytes);
  let channel = 0;
  let data: Uint8Array = EMPTY;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) channel = reader.int32();
    else if (field === 2) data = reader.bytes();
    else reader.skip(type, field);
  }
  return { channel, data };
}
