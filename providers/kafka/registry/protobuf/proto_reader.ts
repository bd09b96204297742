/**
 * Protobuf's bytes → JSON, without a digit lost.
 *
 * Every field of a message is there: one that isn't set is its default, or `null`
 * where "not set" is something of its own (`optional`, `oneof`, messages). Names are
 * those of the `.proto` file, or a `json_name` that isn't the usual one.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import {
  exactBytes,
  exactFloat,
  exactFloat32,
  exactInteger,
} from "@dstream/sdk/changes";
import { DecodeProblem } from "../problems.ts";
import { knownMessage } from "./known_messages.ts";
import {
  type EnumType,
  isGroup,
  type Library,
  type MessageField,
  type MessageType,
} from "./proto_library.ts";
import { camelCase } from "./proto_plan.ts";
import { ProtoIn, WIRE } from "./wire.ts";

/** Reads the bytes of a message. */
export type ReadMessage = (bytes: Uint8Array, depth?: number) => Json;

/** Reads a value where it stands. */
type Read = (input: ProtoIn, depth: number) => Json;

const MOST_DEPTH = 100;

interface FieldReader {
  readonly name: string;
  /** How one value is laid out. */
  readonly wire: number;
  readonly read: Read;
  readonly kind: "single" | "list" | "map";
  /** What it is when it isn't set. */
  readonly missing: () => Json;
}

/** Makes readers, one for each message. */
export class ProtoReaders {
  readonly #library: Library;
  readonly #made = new Map<MessageType, ReadMessage>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** A function that reads messages of this type. */
  of(type: MessageType): ReadMessage {
    const made = this.#made.get(type);
    if (made !== undefined) return made;
    let byId: ReadonlyMap<number, FieldReader> | undefined;
    const raw: ReadMessage = (bytes, depth = 0) => {
      byId ??= this.#fieldsOf(type);
      return readMessage(bytes, byId, depth);
    };
    const shape = knownMessage(type.fullName.replace(/^\./, ""));
    const read: ReadMessage = shape === undefined
      ? raw
      : (bytes, depth) => shape(raw(bytes, depth) as JsonObject);
    this.#made.set(type, read); // before its fields: it may be in itself
    return read;
  }

  #fieldsOf(type: MessageType): ReadonlyMap<number, FieldReader> {
    return new Map(
      type.fieldsArray.map((field) => [field.id, this.#field(field)]),
    );
  }

  #field(field: MessageField): FieldReader {
    field.resolve();
    const name = nameOf(field);
    const { wire, read } = this.#value(field);
    if (field.map) {
      const { keyType } = field as MessageField & { keyType: string };
      const entry = mapEntry(scalarOf(keyType), { wire, read });
      return { name, wire: WIRE.bytes, read: entry, kind: "map", missing: map };
    }
    if (field.repeated) {
      return { name, wire, read, kind: "list", missing: list };
    }
    return { name, wire, read, kind: "single", missing: missingOf(field) };
  }

  #value(field: MessageField): { wire: number; read: Read } {
    const { resolvedType } = field;
    if (resolvedType === null) return scalarOf(field.type);
    if (resolvedType instanceof this.#library.protobuf.Enum) {
      return { wire: WIRE.varint, read: enumReader(resolvedType) };
    }
    const type = resolvedType as MessageType;
    if (isGroup(type) || (field as { delimited?: boolean }).delimited) {
      throw new DecodeProblem("it has groups, which are not read");
    }
    const read: Read = (input, depth) =>
      this.of(type)(input.block(), depth + 1);
    return { wire: WIRE.bytes, read };
  }
}

/** As the file has it, or the `json_name` that it gives. */
export function nameOf(field: MessageField): string {
  const { jsonName } = field as MessageField & { jsonName?: string };
  const isUsual = jsonName === undefined || jsonName === camelCase(field.name);
  return isUsual ? field.name : jsonName;
}

const list = () => [];
const map = () => ({});

function readMessage(
  bytes: Uint8Array,
  fields: ReadonlyMap<number, FieldReader>,
  depth: number,
): JsonObject {
  if (depth > MOST_DEPTH) throw new DecodeProblem("it is nested too deeply");
  const values = new Map<FieldReader, Json>();
  const input = new ProtoIn(bytes);
  while (!input.isAtEnd) {
    const { id, wire } = input.tag();
    const field = fields.get(id);
    if (field === undefined) input.skip(id, wire);
    else readField(field, wire, input, values, depth);
  }
  const message: Record<string, Json> = {};
  for (const field of fields.values()) {
    message[field.name] = values.get(field) ?? field.missing();
  }
  return message;
}

function readField(
  field: FieldReader,
  wire: number,
  input: ProtoIn,
  values: Map<FieldReader, Json>,
  depth: number,
): void {
  const isPacked = field.kind === "list" && wire === WIRE.bytes &&
    field.wire !== WIRE.bytes;
  if (!isPacked && wire !== field.wire) {
    throw new DecodeProblem(`the field ${field.name} has another layout`);
  }
  if (field.kind === "single") {
    values.set(field, field.read(input, depth));
    return;
  }
  const all = values.get(field) ?? field.missing();
  values.set(field, all);
  if (field.kind === "map") {
    Object.assign(all as JsonObject, field.read(input, depth));
    return;
  }
  const items = all as Json[];
  if (!isPacked) {
    items.push(field.read(input, depth));
    return;
  }
  const packed = new ProtoIn(input.block());
  while (!packed.isAtEnd) items.push(field.read(packed, depth));
}

/** An entry is a message of a key and a value. */
function mapEntry(
  key: { wire: number; read: Read },
  value: { wire: number; read: Read },
): Read {
  return (input, depth) => {
    const entry = new ProtoIn(input.block());
    let name: Json = "";
    let found: Json = null;
    while (!entry.isAtEnd) {
      const { id, wire } = entry.tag();
      if (id === 1 && wire === key.wire) name = key.read(entry, depth);
      else if (id === 2 && wire === value.wire) {
        found = value.read(entry, depth);
      } else entry.skip(id, wire);
    }
    return { [String(name)]: found };
  };
}

function enumReader({ valuesById }: EnumType): Read {
  return (input) => {
    const number = Number(BigInt.asIntN(32, input.varint()));
    return valuesById[number] ?? String(number); // one that a newer writer knows
  };
}

function scalarOf(type: string): { wire: number; read: Read } {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return scalar;
  throw new DecodeProblem(`there is no type ${JSON.stringify(type)}`);
}

function varint(read: (value: bigint) => Json) {
  return {
    wire: WIRE.varint,
    read: (input: ProtoIn) => read(input.varint()),
  };
}

const int = varint((value) => exactInteger(BigInt.asIntN(64, value)));
const int32 = varint((value) => Number(BigInt.asIntN(32, value)));
const zigzag = {
  wire: WIRE.varint,
  read: (input: ProtoIn) => exactInteger(input.zigzag()),
};

/** https://protobuf.dev/programming-guides/proto3/#scalar */
const SCALARS: Readonly<Record<string, { wire: number; read: Read }>> = {
  int32,
  int64: int,
  uint32: varint((value) => Number(BigInt.asUintN(32, value))),
  uint64: varint(exactInteger),
  sint32: zigzag,
  sint64: zigzag,
  bool: varint((value) => value !== 0n),
  fixed32: {
    wire: WIRE.fixed32,
    read: (input) => input.take(4).readUInt32LE(0),
  },
  sfixed32: {
    wire: WIRE.fixed32,
    read: (input) => input.take(4).readInt32LE(0),
  },
  float: {
    wire: WIRE.fixed32,
    read: (input) => exactFloat32(input.take(4).readFloatLE(0)),
  },
  fixed64: {
    wire: WIRE.fixed64,
    read: (input) => exactInteger(input.take(8).readBigUInt64LE(0)),
  },
  sfixed64: {
    wire: WIRE.fixed64,
    read: (input) => exactInteger(input.take(8).readBigInt64LE(0)),
  },
  double: {
    wire: WIRE.fixed64,
    read: (input) => exactFloat(input.take(8).readDoubleLE(0)),
  },
  bytes: { wire: WIRE.bytes, read: (input) => exactBytes(input.block()) },
  string: {
    wire: WIRE.bytes,
    read: (input) => {
      const bytes = input.block();
      if (!isUtf8(bytes)) throw new DecodeProblem("a text is no UTF-8");
      return bytes.toString("utf8");
    },
  },
};

/** Whether "not set" can be told apart from the default. */
export function hasPresence(field: MessageField): boolean {
  return (field as { hasPresence?: boolean }).hasPresence === true ||
    field.partOf !== null;
}

/** `null` where it can be told apart from the default. */
function missingOf(field: MessageField): () => Json {
  const said = field.options?.default as Json | undefined;
  if (said !== undefined) return () => said;
  const { resolvedType, type } = field;
  if (hasPresence(field)) return () => null;
  if (resolvedType !== null) {
    const { valuesById } = resolvedType as EnumType;
    return () => valuesById?.[0] ?? null;
  }
  if (type === "bool") return () => false;
  return () => type === "string" || type === "bytes" ? "" : 0;
}
