/**
 * `dstreams tap --format arrow`: Singer messages come in, Arrow streams go out.
 *
 * Records become columns some thousand at a time. As long as those of one stream
 * follow each other, and fit the same columns, they are one Arrow stream.
 *
 * @module
 */

import {
  type RecordBatch,
  RecordBatchStreamWriter,
  Schema,
} from "apache-arrow";
import type { Json, JsonObject } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { asObject } from "../json.ts";
import { linesOf } from "../singer_process.ts";
import { batchOf } from "./columns.ts";
import { KEY_PROPERTIES, SCHEMA, STATE, STREAM } from "./metadata.ts";

/** Records of one batch. */
const MOST_ROWS = 8192;
/** Of all streams together, in characters of their lines. */
const MOST_CHARACTERS = 32 * 1024 * 1024;
/** Four bytes that begin a message, and four with its length. */
const PREFIX_BYTES = 8;
/** The end of an Arrow stream. */
const END = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]);

type Write = (bytes: Uint8Array) => Promise<void>;

/** What is known of one stream, and its records that wait. */
interface Waiting {
  schema: JsonObject;
  metadata: ReadonlyMap<string, string>;
  rows: JsonObject[];
  characters: number;
}

/** @param stream Lines of messages. */
export async function toArrow(
  stream: ReadableStream<Uint8Array>,
  write: Write,
): Promise<void> {
  const writer = new ArrowStreams(write);
  for await (const line of linesOf(stream, Infinity)) {
    const message = asObject(parse(line));
    if (message !== undefined) await writer.take(message, line.length);
  }
  await writer.end();
}

/** A double holds 15 digits: only what may have more is read with care. */
function parse(line: string): Json {
  return /[\d.]{16}/.test(line) ? parseExactJson(line) : JSON.parse(line);
}

class ArrowStreams {
  readonly #write: Write;
  readonly #streams = new Map<string, Waiting>();
  /** The head of the Arrow stream that is open. */
  #head: Uint8Array | undefined;
  #characters = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  async take(message: JsonObject, characters: number): Promise<void> {
    const name = String(message.stream);
    if (message.type === "SCHEMA") await this.#schema(name, message);
    else if (message.type === "STATE") await this.#state(message.value);
    else if (message.type === "RECORD") {
      await this.#record(name, asObject(message.record) ?? {}, characters);
    }
  }

  async end(): Promise<void> {
    for (const name of this.#streams.keys()) await this.#flush(name);
    if (this.#head !== undefined) await this.#write(END);
    this.#head = undefined;
  }

  async #schema(name: string, message: JsonObject): Promise<void> {
    await this.#flush(name);
    const { schema, key_properties = [] } = message;
    this.#streams.set(name, {
      schema: asObject(schema) ?? {},
      metadata: new Map([
        [STREAM, name],
        [SCHEMA, JSON.stringify(schema)],
        [KEY_PROPERTIES, JSON.stringify(key_properties)],
      ]),
      rows: [],
      characters: 0,
    });
  }

  async #record(
    name: string,
    record: JsonObject,
    characters: number,
  ): Promise<void> {
    const waiting = this.#streams.get(name);
    if (waiting === undefined) {
      throw new Error(`a RECORD of "${name}" comes before its SCHEMA`);
    }
    waiting.rows.push(record);
    waiting.characters += characters;
    this.#characters += characters;
    if (waiting.rows.length >= MOST_ROWS) await this.#flush(name);
    else if (this.#characters >= MOST_CHARACTERS) await this.#flushLargest();
  }

  /** A place of all that came before. */
  async #state(value: Json): Promise<void> {
    await this.end();
    const schema = new Schema([], new Map([[STATE, JSON.stringify(value)]]));
    // Without columns the library writes no end.
    await this.#write(headOf(encode(schema)));
    await this.#write(END);
  }

  async #flushLargest(): Promise<void> {
    const [name] = [...this.#streams]
      .reduce((a, b) => a[1].characters >= b[1].characters ? a : b);
    await this.#flush(name);
  }

  async #flush(name: string): Promise<void> {
    const waiting = this.#streams.get(name);
    if (waiting === undefined || waiting.rows.length === 0) return;
    const batch = batchOf(waiting.rows, waiting.schema, waiting.metadata);
    this.#characters -= waiting.characters;
    waiting.rows = [];
    waiting.characters = 0;
    await this.#batch(batch);
  }

  async #batch(batch: RecordBatch): Promise<void> {
    const bytes = encode(batch.schema, batch);
    const head = headOf(bytes);
    if (!isSame(head, this.#head)) {
      if (this.#head !== undefined) await this.#write(END);
      await this.#write(head);
      this.#head = head;
    }
    await this.#write(bytes.subarray(head.length, -END.length));
  }
}

/** A whole Arrow stream: its schema, the batch if there is one, its end. */
function encode(schema: Schema, batch?: RecordBatch): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  if (batch !== undefined) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}

/** The message with the schema. */
function headOf(bytes: Uint8Array): Uint8Array {
  const sizes = new DataView(bytes.buffer, bytes.byteOffset);
  return bytes.subarray(0, PREFIX_BYTES + sizes.getInt32(4, true));
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length &&
    a.every((byte, index) => byte === b[index]);
}
