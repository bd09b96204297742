/**
 * A message → the line of its envelope.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Envelope, Json, JsonObject } from "@dstream/sdk";
import {
  type ChangeMetadata,
  metadataOf,
  readChange,
} from "@dstream/sdk/changes";
import type { CommitSource } from "../connection/commit_source.ts";
import type { PartitionName } from "../connection/offsets.ts";
import {
  type Decoded,
  DecodeProblem,
  type Decoder,
  isFramed,
} from "../registry/decoder.ts";
import {
  FORMAT_TITLES,
  isRowFormat,
  type RowFormatName,
} from "../registry/format_names.ts";
import { rowShape, type Shape } from "../registry/shape.ts";
import type { ReadRecord } from "../wire/record_reader.ts";
import type { KafkaInputConfig } from "./config.ts";
import { ConnectSchemas } from "./connect_schemas.ts";
import {
  bytesJson,
  bytesOf,
  exact,
  headersJson,
  isLonger,
  iso,
  isWrapped,
  keyObject,
  oneLine,
  parse,
  textOf,
  unwrapped,
  ValueProblem,
} from "./message_text.ts";
import type { TableSchemas } from "./table_schemas.ts";

const SOURCE = "kafka";
/** `"source":"kafka"` */
const SOURCE_TEXT = textOfMetadata({ source: SOURCE });
/** `"timestamp":"` */
const TIMESTAMP_TEXT = textOfMetadata({ timestamp: "" }).slice(0, -1);
const OFFSET_DIGITS = 19;
const PARTITION_DIGITS = 10;

/** What the envelope of a message may have besides its value. */
const ENVELOPE_BYTES = 1024 * 1024;
/** What else there is of one that is invalid. */
const PROBLEM_BYTES = 64 * 1024;

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
      const made = this.#message(record, value);
      if (made !== undefined) this.#assertFits(made.line);
      return made;
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

  get #mostBytes(): number {
    return this.#config.maxMessageBytes + ENVELOPE_BYTES;
  }

  #assertFits(line: string): void {
    if (isLonger(line, this.#mostBytes)) {
      throw new ValueProblem(
        `its envelope has more than ${this.#mostBytes} bytes, ` +
          "max_message_bytes and 1 MiB",
      );
    }
  }

  #message(record: ReadRecord, value: Buffer): Made {
    const { format } = this.#config;
    const decoded = this.#decoded(value);
    if (isRowFormat(format) && decoded?.format !== format) {
      throw new ValueProblem(notOfFormat(format, decoded));
    }
    if (decoded !== undefined) {
      return this.#json(record, decoded.text, decoded.shape);
    }
    switch (format) {
      case "text":
        return this.#line(record, JSON.stringify(textOf(value)));
      case "bytes":
        return this.#line(record, `"${value.toString("base64")}"`);
      default:
        return this.#json(record, textOf(value), undefined);
    }
  }

  #json(record: ReadRecord, text: string, shape: Shape | undefined): Made {
    const { format, changes } = this.#config;
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

  /** @returns undefined where it is written with no schema of a registry. */
  #decoded(bytes: Buffer): Decoded | undefined {
    if (!isFramed(bytes)) return undefined;
    if (this.#decoder === undefined) {
      if (this.#config.format === "bytes") return undefined;
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
    const key = this.#keyObject(record.key);
    const envelope: Envelope = {
      data: unwrapped(exact(text, parsed) as JsonObject),
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
    const parts = [value, key, ...headers.flat()];
    // In base64 they take a third more.
    const isKept = value !== null &&
      value.length <= this.#config.maxMessageBytes &&
      bytesOf(parts) * 4 / 3 < this.#mostBytes - PROBLEM_BYTES;
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

function notOfFormat(
  format: RowFormatName,
  decoded: Decoded | undefined,
): string {
  const title = FORMAT_TITLES[format];
  return decoded === undefined
    ? `it is not written with a schema of the registry, and not in ${title}`
    : `its schema is one of ${FORMAT_TITLES[decoded.format]}, not of ${title}`;
}

/** Metadata of a change as part of a line: without its braces. */
function textOfMetadata(metadata: ChangeMetadata): string {
  return JSON.stringify(metadataOf(metadata)).slice(1, -1);
}
