/**
 * Values that a registry's schema is written with → JSON, and what they look like.
 *
 * A byte 0, the schema's number in four bytes, then the value; of Protobuf first
 * which message of the schema it is. Schemas are fetched before a batch is read, so
 * that reading itself waits for nobody.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import { avroShape } from "./avro/avro_fields.ts";
import { avroReader } from "./avro/avro_reader.ts";
import type { RegistryConfig } from "./fields.ts";
import type { RowFormatName } from "./format_names.ts";
import { jsonShape } from "./json_schema/json_fields.ts";
import { DecodeProblem } from "./problems.ts";
import { protoShape } from "./protobuf/proto_fields.ts";
import { ProtoFile } from "./protobuf/proto_files.ts";
import { type Library, loadProtobuf } from "./protobuf/proto_library.ts";
import { ProtoReaders, type ReadMessage } from "./protobuf/proto_reader.ts";
import { ProtoIn } from "./protobuf/wire.ts";
import { type RegisteredSchema, Registry } from "./registry.ts";
import type { Shape } from "./shape.ts";

export { DecodeProblem } from "./problems.ts";

const MAGIC = 0;
const HEAD_BYTES = 5;
const MOST_DEPTH = 100;

/** A value, and what such values look like. */
export interface Decoded {
  /** JSON. */
  readonly text: string;
  /** undefined for what is no row. */
  readonly shape: Shape | undefined;
  readonly format: RowFormatName;
}

/** Reads what follows the schema's number. */
type Read = (bytes: Uint8Array) => Decoded;

/** Whether it begins as values of a registry do. */
export function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEAD_BYTES && bytes[0] === MAGIC;
}

/** Reads framed values. */
export class Decoder {
  readonly #registry: Registry;
  readonly #readers = new Map<number, Read>();

  constructor(config: RegistryConfig) {
    this.#registry = new Registry(config);
  }

  /** The schema's number where it has to be fetched before it can be read. */
  missing(bytes: Uint8Array | null): number | undefined {
    if (bytes === null || !isFramed(bytes)) return undefined;
    const id = idOf(bytes);
    return this.#readers.has(id) ? undefined : id;
  }

  /** @throws {RegistryUnreachable} */
  async fetch(id: number): Promise<void> {
    const schema = await this.#registry.schema(id);
    this.#readers.set(
      id,
      schema === undefined
        ? refuse(`the registry has no schema ${id}`)
        : await readerOf(id, schema),
    );
  }

  /** @throws {DecodeProblem} */
  read(bytes: Uint8Array): Decoded {
    const id = idOf(bytes);
    const read = this.#readers.get(id);
    if (read === undefined) {
      throw new DecodeProblem("its schema isn't known yet");
    }
    return read(bytes.subarray(HEAD_BYTES));
  }
}

function idOf(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, HEAD_BYTES).readUInt32BE(
    1,
  );
}

async function readerOf(id: number, schema: RegisteredSchema): Promise<Read> {
  const { type } = schema;
  try {
    switch (type) {
      case "AVRO":
        return ofSchema(id, avroDecoder(schema));
      case "JSON":
        return jsonDecoder(schema);
      case "PROTOBUF":
        return ofSchema(id, protobufDecoder(await loadProtobuf(), schema));
      default:
        return refuse(`schema ${id} is of ${type}, which is not read`);
    }
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    return refuse(`schema ${id} isn't understood: ${error.message}`);
  }
}

function avroDecoder({ text, references }: RegisteredSchema): Read {
  const referred = references.map(({ text }) => text);
  const read = avroReader(text, referred);
  const shape = avroShape(text, referred);
  return (bytes) => ({
    text: JSON.stringify(read(bytes)),
    shape,
    format: "avro",
  });
}

function jsonDecoder({ text }: RegisteredSchema): Read {
  const shape = jsonShape(text);
  return (bytes) => {
    if (!isUtf8(bytes)) throw new DecodeProblem("it is no UTF-8");
    const text = new TextDecoder().decode(bytes);
    return { text, shape, format: "json_schema" };
  };
}

function protobufDecoder(
  library: Library,
  schema: RegisteredSchema,
): Read {
  const file = new ProtoFile(library, schema);
  const readers = new ProtoReaders(library);
  const byIndexes = new Map<string, Message>();
  return (bytes) => {
    const input = new ProtoIn(bytes);
    const indexes = messageIndexes(input);
    const key = indexes.join();
    let message = byIndexes.get(key);
    if (message === undefined) {
      const type = file.messageAt(indexes);
      const read = readers.of(type);
      message = { read, shape: protoShape(library, type) };
      byIndexes.set(key, message);
    }
    const { read, shape } = message;
    const text = JSON.stringify(read(input.rest()));
    return { text, shape, format: "protobuf" };
  };
}

/** One of those in a schema. */
interface Message {
  readonly read: ReadMessage;
  readonly shape: Shape | undefined;
}

/** How many, then each; a single 0 stands for the first message. */
function messageIndexes(input: ProtoIn): number[] {
  const count = Number(input.zigzag());
  if (count === 0) return [0];
  if (count < 0 || count > MOST_DEPTH) {
    throw new DecodeProblem("it doesn't say which message it is");
  }
  return Array.from({ length: count }, () => Number(input.zigzag()));
}

/** A value that can't be read says of which schema it should be. */
function ofSchema(id: number, read: Read): Read {
  return (bytes) => {
    try {
      return read(bytes);
    } catch (error) {
      // A time beyond the years there are, or a value nested without an end.
      const isKnown = error instanceof DecodeProblem ||
        error instanceof RangeError;
      if (!isKnown) throw error;
      throw new DecodeProblem(
        `it is no value of schema ${id}: ${(error as Error).message}`,
      );
    }
  };
}

function refuse(why: string): () => never {
  return () => {
    throw new DecodeProblem(why);
  };
}
