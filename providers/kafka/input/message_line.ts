/**
 * A message → the line of its envelope.
 *
 * @module
 */

import { Buffer, isAscii, isUtf8 } from "node:buffer";
import type { Envelope, Json, JsonObject } from "@dstream/sdk";
import {
  type ChangeMetadata,
  metadataOf,
  readChange,
} from "@dstream/sdk/changes";
import type { CommitSource } from "../connection/commit_source.ts";
import type { PartitionName } from "../connection/offsets.ts";
import { connectValue } from "../registry/connect_types.ts";
import {
  type Decoded,
  DecodeProblem,
  type Decoder,
  isFramed,
} from "../registry/decoder.ts";
import { rowShape, type Shape } from "../registry/shape.ts";
import type { ReadHeader, ReadRecord } from "../wire/record_reader.ts";
import type { KafkaInputConfig } from "./config.ts";
import { ConnectSchemas } from "./connect_schemas.ts";
import type { TableSchemas } from "./table_schemas.ts";

const SOURCE = "kafka";
/** `"source":"kafka"` */
const SOURCE_TEXT = textOfMetadata({ source: SOURCE });
/** `"timestamp":"` */
const TIMESTAMP_TEXT = textOfMetadata({ timestamp: "" }).slice(0, -1);
const OFFSET_DIGITS = 19;
const PARTITION_DIGITS = 10;
/** Numbers of so many digits may be more than a double holds. */
const LONG_NUMBER = /\d{16}/;

/** Why a value is not what `format` says. */
class ValueProblem extends Error {
  override readonly name = "ValueProblem";
}

/** What becomes of a message. */
export type Made =
  /** An envelope. */
  | { readonly line: string }
  /** It is not what `format` says; the line says so to whoever rejects it. */
  | { readonly line: string; readonly problem: string }
  /** It says nothing that was not said. */
  | undefined;

/** Makes the lines of one partition's messages. */
export class LineMaker {
  readonly #config: KafkaInputConfig;
  readonly #place: PartitionName;
  /** `{"table":"orders","position":"orders/…/`, and what follows the offset. */
  readonly #head: string;
  readonly #kafka: string;
  #source: CommitSource | undefined;
  /** The same as JSON, with a comma behind it. */
  #sourceText = "";
  #hasDebezium: boolean;

  readonly #decoder: Decoder | undefined;
  readonly #tables: TableSchemas | undefined;
  readonly #connect = new ConnectSchemas();

  /**
   * @param decoder Where there is a schema registry.
   * @param tables Hears what the rows look like.
   */
  constructor(
    place: PartitionName,
    config: KafkaInputConfig,
    decoder?: Decoder,
    tables?: TableSchemas,
  ) {
    const { topic, partition } = place;
    this.#config = config;
    this.#decoder = decoder;
    this.#tables = tables;
    this.#place = place;
    const number = String(partition).padStart(PARTITION_DIGITS, "0");
    const name = JSON.stringify(topic);
    this.#head = `,"metadata":{${textOfMetadata({ table: topic })},`;
    this.#kafka = `"topic":${name},"partition":${partition},"offset":`;
    const position = `${topic}/${number}/`;
    this.#position = textOfMetadata({ position }).slice(0, -1);
    this.#hasDebezium = config.format === "debezium";
  }

  readonly #position: string;

  /** Written into each line from here on, for the output that commits. */
  set source(source: CommitSource) {
    if (source === this.#source) return;
    this.#source = source;
    this.#sourceText = `"commit":${JSON.stringify(source)},`;
  }

  /** Each with its line feed. */
  make(record: ReadRecord): Made {
    const { value } = record;
    try {
      if (value === null) return this.#tombstone(record);
      if (value.length > this.#config.maxMessageBytes) {
        throw new ValueProblem(
          `it has ${value.length} bytes, max_message_bytes is ` +
            this.#config.maxMessageBytes,
        );
      }
      return this.#message(record, value);
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      return this.#invalid(record, error.message);
    }
  }

  /** The envelope that says that messages are gone. */
  gap(from: number, to: number): string {
    const metadata = {
      ...metadataOf({
        table: this.#place.topic,
        operation: "gap",
        source: SOURCE,
      }),
      kafka: { ...this.#place, ...this.#commit, from, to },
    };
    return `${JSON.stringify({ data: null, metadata })}\n`;
  }

  get #commit(): JsonObject {
    return this.#source === undefined ? {} : { commit: { ...this.#source } };
  }

  #message(record: ReadRecord, value: Buffer): Made {
    const { format, changes } = this.#config;
    switch (format) {
      case "text":
        return this.#line(record, JSON.stringify(textOf(value)));
      case "bytes":
        return this.#line(record, `"${value.toString("base64")}"`);
      default: {
        const { text, shape } = this.#decoded(value) ??
          { text: textOf(value), shape: undefined };
        const parsed = parse(text);
        if (changes === "auto") {
          const change = this.#change(record, parsed, text, shape);
          if (change !== undefined) return change;
        }
        if (format === "debezium") {
          throw new ValueProblem("it is no change of Debezium's");
        }
        if (shape !== undefined) {
          this.#tables?.see(this.#place.topic, shape, undefined);
        }
        return this.#line(record, oneLine(text));
      }
    }
  }

  /** @returns undefined where it is written with no schema of a registry. */
  #decoded(bytes: Buffer): Decoded | undefined {
    if (!isFramed(bytes)) return undefined;
    if (this.#decoder === undefined) {
      throw new ValueProblem(
        "it begins with the magic byte of a schema registry, and " +
          "schema_registry is not set",
      );
    }
    try {
      return this.#decoder.read(bytes);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      throw new ValueProblem(error.message);
    }
  }

  #line(record: ReadRecord, data: string, more = ""): Made {
    return { line: `{"data":${data}${this.#metadata(record, more)}}\n` };
  }

  #metadata(record: ReadRecord, more: string): string {
    const { offset, timestampMs } = record;
    const position = String(offset).padStart(OFFSET_DIGITS, "0");
    const time = timestampMs < 0
      ? ""
      : `${TIMESTAMP_TEXT}${iso(timestampMs)}",`;
    return `${this.#head}${more}${this.#position}${position}",${time}` +
      `${SOURCE_TEXT},"kafka":{${this.#sourceText}` +
      `${this.#kafka}${offset},"key":${this.#keyJson(record.key)}` +
      `${headersJson(record.headers)}}}`;
  }

  /** The key as text, also one that is written with a schema. */
  #keyJson(key: Buffer | null): string {
    const text = this.#keyText(key);
    return text === undefined ? bytesJson(key) : JSON.stringify(text);
  }

  #keyText(key: Buffer | null): string | undefined {
    if (key === null || this.#decoder === undefined) return undefined;
    if (!isFramed(key)) return undefined;
    try {
      return this.#decoder.read(key).text;
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      return undefined; // it stays what it is, in base64
    }
  }

  #keyObject(key: Buffer | null): JsonObject | undefined {
    const text = this.#keyText(key);
    return keyObject(text === undefined ? key : Buffer.from(text));
  }

  /** A change as every input writes it, where the value is one of Debezium's. */
  #change(
    record: ReadRecord,
    parsed: Json,
    text: string,
    shape: Shape | undefined,
  ): Made {
    const isMaybe = typeof parsed === "object" && parsed !== null &&
      !Array.isArray(parsed) && ("op" in parsed || "payload" in parsed);
    if (!isMaybe) return undefined;
    const exact = LONG_NUMBER.test(text) ? withDigits(text) : parsed;
    const key = this.#keyObject(record.key);
    const envelope: Envelope = {
      data: unwrapped(exact as JsonObject),
      metadata: key === undefined ? {} : { key },
    };
    const { form, data, ...change } = readChange(envelope);
    if (form !== "debezium") return undefined;
    this.#hasDebezium = true;
    const whole = shape ?? this.#connect.shapeOf(text, parsed as JsonObject);
    const row = whole && rowShape(whole);
    if (row !== undefined && change.table !== undefined) {
      this.#tables?.see(change.table, row, change.key);
    }
    const offset = record.offset;
    const metadata = metadataOf(
      { ...change, position: change.position ?? undefined },
      { kafka: { ...this.#place, ...this.#commit, offset } },
    );
    return { line: `${JSON.stringify({ data, metadata })}\n` };
  }

  /** A delete of the row with this key; behind Debezium's own it says nothing. */
  #tombstone(record: ReadRecord): Made {
    if (this.#config.changes === "none") return this.#line(record, "null");
    const key = this.#keyObject(record.key);
    const isDebezium = this.#hasDebezium || isWrapped(record.key);
    if (isDebezium) return undefined;
    const data = key === undefined ? "null" : JSON.stringify(key);
    const names = key === undefined
      ? ""
      : `"key":${JSON.stringify(Object.keys(key))},`;
    return this.#line(record, data, `"operation":"delete",${names}`);
  }

  /** Without data it is no envelope: it is rejected, with this reason. */
  #invalid(record: ReadRecord, problem: string): Made {
    const { value, key, offset, headers } = record;
    const { topic, partition } = this.#place;
    const isKept = value !== null &&
      value.length <= this.#config.maxMessageBytes;
    const metadata = {
      table: topic,
      source: SOURCE,
      problem:
        `the message at ${topic}/${partition} offset ${offset}: ${problem}`,
      kafka: {
        topic,
        partition,
        offset,
        key: JSON.parse(bytesJson(key)),
        headers: headers.map(([name, text]) => [
          JSON.parse(bytesJson(name)),
          JSON.parse(bytesJson(text)),
        ]),
        ...(isKept ? { value: { base64: value.toString("base64") } } : {}),
      },
    };
    return { line: `${JSON.stringify({ metadata })}\n`, problem };
  }
}

function textOf(bytes: Buffer): string {
  // Most texts are, and it is the quicker way.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) throw new ValueProblem("it is no UTF-8");
  return bytes.toString("utf8");
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueProblem(
      text === "" ? "it is empty, which is no JSON" : "it is no JSON",
    );
  }
}

/** JSON may have line breaks between its parts, never in them. */
function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r")
    ? text.replace(/[\r\n]+/g, " ")
    : text;
}

/** Text where it is UTF-8, else what it is in base64. */
function bytesJson(bytes: Buffer | null): string {
  if (bytes === null) return "null";
  return isUtf8(bytes)
    ? JSON.stringify(bytes.toString("utf8"))
    : `{"base64":"${bytes.toString("base64")}"}`;
}

/** Names may be there more than once, so it is a list. */
function headersJson(headers: readonly ReadHeader[]): string {
  if (headers.length === 0) return "";
  const pairs = headers.map(([name, value]) =>
    `[${bytesJson(name)},${bytesJson(value)}]`
  );
  return `,"headers":[${pairs.join(",")}]`;
}

/** A key that names columns: `{"id":7}`, in Debezium's wrapping or without. */
function keyObject(key: Buffer | null): JsonObject | undefined {
  const parsed = tryParse(key);
  if (parsed === undefined) return undefined;
  const payload = unwrapped(parsed);
  return typeof payload === "object" && payload !== null &&
      !Array.isArray(payload)
    ? payload as JsonObject
    : parsed;
}

/** A value in Kafka Connect's wrapping, as what its schema says. */
function unwrapped(value: JsonObject): Json {
  const { schema, payload } = value;
  const isStruct = typeof payload === "object" && payload !== null;
  if (!isStruct || typeof schema !== "object" || schema === null) return value;
  try {
    return connectValue(value);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    throw new ValueProblem(error.message);
  }
}

function isWrapped(key: Buffer | null): boolean {
  const parsed = tryParse(key);
  return parsed !== undefined && "schema" in parsed && "payload" in parsed;
}

const BRACE = 0x7b;

function tryParse(key: Buffer | null): JsonObject | undefined {
  if (key === null || key[0] !== BRACE) return undefined;
  try {
    const text = key.toString("utf8");
    return LONG_NUMBER.test(text) ? withDigits(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ExactJson {
  parse(
    text: string,
    reviver: (
      key: string,
      value: unknown,
      context?: { source?: string },
    ) => unknown,
  ): JsonObject;
  rawJSON(source: string): unknown;
}

/** Numbers that a double would change keep their digits when they are written. */
function withDigits(text: string): JsonObject {
  const exact = JSON as unknown as ExactJson;
  return exact.parse(text, (_key, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return JSON.stringify(value) === source ? value : exact.rawJSON(source);
  });
}

let lastMs = NaN;
let lastIso = "";

/** Often the same as for the message before. */
function iso(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs;
    lastIso = new Date(timeMs).toISOString();
  }
  return lastIso;
}

/** Metadata of a change as part of a line: without its braces. */
function textOfMetadata(metadata: ChangeMetadata): string {
  return JSON.stringify(metadataOf(metadata)).slice(1, -1);
}
