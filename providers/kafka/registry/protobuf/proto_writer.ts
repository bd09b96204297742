/**
 * Rows of a table → Protobuf's bytes, by the message that proto_plan.ts makes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { valueOf } from "@dstream/sdk/changes";
import { RowProblem } from "../problems.ts";
import { ofColumn, plain, textOf } from "../rows.ts";
import { countOf } from "../times.ts";
import { type ProtoField, type ProtoMessage, TIMESTAMP } from "./proto_plan.ts";
import { ProtoOut, WIRE } from "./wire.ts";

const NANOS_PER_SECOND = 1_000_000_000n;

/** Appends a value, without its tag. */
type Write = (value: Json, out: ProtoOut) => void;

interface Layout {
  readonly wire: number;
  readonly write: Write;
}

/**
 * A function that writes rows.
 * @throws {RowProblem} From it, for a value that isn't of its column's type.
 */
export function protoWriter(
  { fields }: ProtoMessage,
): (row: JsonObject) => Buffer {
  const writes = fields.map((field) => ({ field, write: fieldWriter(field) }));
  return (row) => {
    const out = new ProtoOut();
    for (const { field, write } of writes) {
      ofColumn(field.column, () => write(row[field.column] ?? null, out));
    }
    return out.bytes;
  };
}

function fieldWriter({ id, rule, ...field }: ProtoField): Write {
  const { wire, write } = layoutOf(field);
  switch (rule) {
    case "repeated":
      return (value, out) => {
        if (value === null) return;
        if (!Array.isArray(value)) throw new RowProblem("it is no list");
        writeList(value, id, wire, write, out);
      };
    case "optional":
      return (value, out) => {
        if (value === null) return;
        out.tag(id, wire);
        write(value, out);
      };
    default:
      return (value, out) => {
        if (value === null) throw new RowProblem("a key's column has no value");
        out.tag(id, wire);
        write(value, out);
      };
  }
}

/** Numbers stand packed behind one tag, all else each behind its own. */
function writeList(
  items: readonly Json[],
  id: number,
  wire: number,
  write: Write,
  out: ProtoOut,
): void {
  if (items.includes(null)) {
    throw new RowProblem("Protobuf has no null in a list");
  }
  if (items.length === 0) return;
  if (wire === WIRE.bytes) {
    for (const item of items) {
      out.tag(id, wire);
      write(item, out);
    }
    return;
  }
  const packed = new ProtoOut();
  for (const item of items) write(item, packed);
  out.tag(id, WIRE.bytes);
  out.block(packed.bytes);
}

function layoutOf(
  { type, value: field, message }: Pick<
    ProtoField,
    "type" | "value" | "message"
  >,
): Layout {
  const read = (value: Json) => valueOf(plain(value), field);
  if (message !== undefined) {
    const write = protoWriter(message);
    return bytes((value) => write(read(value) as JsonObject));
  }
  switch (type) {
    case "bool":
      return varint((value) => read(value) === true ? 1n : 0n);
    case "float":
      return {
        wire: WIRE.fixed32,
        write: (value, out) => out.float(read(value) as number),
      };
    case "double":
      return {
        wire: WIRE.fixed64,
        write: (value, out) => out.double(read(value) as number),
      };
    case "bytes":
      return bytes((value) => read(value) as Uint8Array);
    case TIMESTAMP:
      return bytes((value) => timestamp(read(value) as string));
    case "string":
      return bytes((value) => Buffer.from(textOf(value, field, read)));
    default:
      return varint((value) => BigInt(read(value) as number | bigint));
  }
}

function varint(read: (value: Json) => bigint): Layout {
  return {
    wire: WIRE.varint,
    write: (value, out) => out.varint(read(value)),
  };
}

function bytes(read: (value: Json) => Uint8Array): Layout {
  return { wire: WIRE.bytes, write: (value, out) => out.block(read(value)) };
}

/** Seconds since 1970, and nanoseconds that are never negative. */
function timestamp(text: string): Buffer {
  const nanos = countOf(text, "nanos");
  const below = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) %
    NANOS_PER_SECOND;
  const out = new ProtoOut();
  out.tag(1, WIRE.varint);
  out.varint((nanos - below) / NANOS_PER_SECOND);
  out.tag(2, WIRE.varint);
  out.varint(below);
  return out.bytes;
}
