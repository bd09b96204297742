/**
 * An envelope → the messages that say it: one as a rule, two of a delete that becomes
 * a record and a tombstone, or of a row that got another key.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { JsonObject, OutputBatch } from "@dstream/sdk";
import {
  type Change,
  type ChangeHead,
  oldKeyValues,
  readChange,
  readHead,
} from "@dstream/sdk/changes";
import { Scope, Template } from "@dstream/sdk/service";
import { RowProblem } from "../registry/problems.ts";
import {
  FORMAT_TITLES,
  isRowFormat,
  type RowFormatName,
} from "../registry/format_names.ts";
import type { Header, KafkaRecord } from "../wire/record_batch.ts";
import { type Deletes, deletesOf, type KafkaOutputConfig } from "./config.ts";
import { debeziumValue } from "./debezium_value.ts";
import { keyColumns, keyText } from "./message_key.ts";
import { SchemaValues } from "./schema_values.ts";
import { TopicNames } from "./topic_names.ts";

/** One message on its way. */
export interface Outgoing extends KafkaRecord {
  /** Its envelope's place in the batch. */
  readonly index: number;
  readonly topic: string;
}

/** Why an envelope can't be a message. */
export class MessageProblem extends Error {
  override readonly name = "MessageProblem";

  constructor(message: string, readonly code: string) {
    super(message);
  }
}

/** Makes messages. */
export class MessageMaker {
  readonly names: TopicNames;
  /** Where values have schemas: told of them before they are needed. */
  readonly schemas: SchemaValues | undefined;
  readonly #config: KafkaOutputConfig;
  readonly #deletes: Deletes;
  readonly #key: Template | undefined;
  readonly #headers: readonly (readonly [string, Template])[];
  /** Whether more than the head of the metadata is looked at. */
  readonly #needsMetadata: boolean;

  constructor(config: KafkaOutputConfig) {
    this.#config = config;
    this.names = new TopicNames(config);
    const { serialization, schemaRegistry } = config;
    this.schemas = isRowFormat(serialization)
      ? new SchemaValues(serialization, schemaRegistry!)
      : undefined;
    this.#deletes = deletesOf(config);
    this.#key = config.key === undefined ? undefined : new Template(config.key);
    this.#headers = Object.entries(config.headers)
      .map(([name, text]) => [name, new Template(text)] as const);
    this.#needsMetadata = config.timestamp === "source" ||
      config.metadataHeaders;
  }

  /** The topic of one line; undefined where it has none, or is no envelope. */
  topicOf(batch: OutputBatch, index: number): string | undefined {
    const head = readHead(batch, index);
    return head && this.names.of(head.table, () => new Scope(batch, index));
  }

  /** @throws {MessageProblem} */
  make(batch: OutputBatch, index: number, nowMs: number): Outgoing[] {
    const head = readHead(batch, index);
    if (head === undefined) return []; // rejected by then
    let scope: Scope | undefined;
    const lookInto = () => scope ??= new Scope(batch, index);
    const topic = this.names.of(head.table, lookInto);
    if (topic === undefined) throw this.#noTopic();
    const metadata = this.#needsMetadata ? batch.metadata(index)! : undefined;
    const common = {
      index,
      topic,
      headers: this.#headersOf(metadata, lookInto),
      timestampMs: this.#timeOf(metadata) ?? nowMs,
    };
    const key = this.#keyOf(batch, index, head, lookInto);
    const old = this.#oldKeyOf(batch, index, head);
    const messages = this.#valuesOf(batch, index, head, key, topic, nowMs)
      .map((value) => ({ ...common, key, value }));
    return old === undefined
      ? messages
      : [{ ...common, key: old, value: null }, ...messages];
  }

  /** The value, nothing, or the one and then the other. */
  #valuesOf(
    batch: OutputBatch,
    index: number,
    head: ChangeHead,
    key: string | null,
    topic: string,
    nowMs: number,
  ): (string | Uint8Array | null)[] {
    const value = () => this.#valueOf(batch, index, head, topic, nowMs);
    if (head.operation !== "delete" || this.#deletes === "record") {
      return [value()];
    }
    if (key === null) {
      throw new MessageProblem(
        "a tombstone needs a key, and this row has none " +
          '(key = "{…}" makes one, deletes = "record" needs none)',
        "no_key",
      );
    }
    return this.#deletes === "tombstone" ? [null] : [value(), null];
  }

  #valueOf(
    batch: OutputBatch,
    index: number,
    { operation, table }: ChangeHead,
    topic: string,
    nowMs: number,
  ): string | Uint8Array | null {
    const { value, serialization } = this.#config;
    switch (value) {
      case "envelope":
        return `{"data":${batch.dataText(index)},"metadata":${
          batch.metadataText(index)
        }}`;
      case "debezium":
        return debezium(batch, index, nowMs);
      case "data": {
        const data = batch.dataText(index)!;
        if (operation === "truncate" || operation === "gap") {
          throw new MessageProblem(
            `a ${operation} has no row; value = "envelope" writes it down`,
            "no_row",
          );
        }
        switch (serialization) {
          case "json":
            return data;
          case "text":
          case "bytes":
            return decoded(data, serialization);
          default:
            return this.#rowValue(serialization, topic, table, data);
        }
      }
    }
  }

  #rowValue(
    format: RowFormatName,
    topic: string,
    table: string | undefined,
    data: string,
  ) {
    try {
      return this.schemas!.value(topic, table, data);
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      throw new MessageProblem(
        `no ${FORMAT_TITLES[format]}: ${error.message}`,
        "invalid",
      );
    }
  }

  #keyOf(
    batch: OutputBatch,
    index: number,
    { key }: ChangeHead,
    scope: () => Scope,
  ): string | null {
    if (this.#key !== undefined) return this.#key.render(scope()) ?? null;
    if (key === undefined || key.length === 0) return null;
    const values = keyColumns(rowText(batch, index), key);
    if (values !== undefined) {
      return keyText(key, values, this.#config.keyFormat);
    }
    // A truncate or a gap is about no row.
    if (batch.dataText(index) === "null") return null;
    throw new MessageProblem(
      `the row has not all columns of its key (${key.join(", ")})`,
      "no_key",
    );
  }

  /** The row under the key it had has to go, where rows go by tombstones. */
  #oldKeyOf(
    batch: OutputBatch,
    index: number,
    { operation }: ChangeHead,
  ): string | undefined {
    if (operation !== "update" || this.#key !== undefined) return undefined;
    if (this.#deletes === "record") return undefined;
    if (!batch.metadataText(index)!.includes('efore"')) return undefined;
    const change = readChange(batch.envelope(index)!);
    const old = oldKeyValues(change);
    return old && keyText(change.key!, old, this.#config.keyFormat);
  }

  #headersOf(
    metadata: JsonObject | undefined,
    scope: () => Scope,
  ): readonly Header[] {
    const { metadataHeaders, headerPrefix } = this.#config;
    if (!metadataHeaders && this.#headers.length === 0) return NO_HEADERS;
    const headers: Header[] = [];
    for (const [name, template] of this.#headers) {
      const text = template.render(scope());
      if (text !== undefined) headers.push([name, text]);
    }
    if (!metadataHeaders) return headers;
    for (const [name, value] of Object.entries(metadata!)) {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      headers.push([headerPrefix + name, text]);
    }
    return headers;
  }

  #timeOf(metadata: JsonObject | undefined): number | undefined {
    if (this.#config.timestamp !== "source") return undefined;
    const { timestamp, CommitTime } = metadata!;
    const time = Date.parse(String(timestamp ?? CommitTime));
    return Number.isNaN(time) ? undefined : time;
  }

  #noTopic(): MessageProblem {
    const { topic } = this.#config;
    return new MessageProblem(
      topic === undefined
        ? "no topic: topic_prefix needs a table, and the metadata names none"
        : `no topic: ${topic} has no value`,
      "destination",
    );
  }
}

const NO_HEADERS: readonly Header[] = [];

/** The row whose columns the key names: of a change in Debezium's shape inside. */
function rowText(batch: OutputBatch, index: number): string {
  const head = batch.head(index);
  if (head?.operation !== undefined) return batch.dataText(index)!;
  const change = readChange(batch.envelope(index)!);
  return change.form === "debezium"
    ? JSON.stringify(change.data)
    : batch.dataText(index)!;
}

function debezium(batch: OutputBatch, index: number, nowMs: number): string {
  const change: Change & { form?: string } = readChange(batch.envelope(index)!);
  // What has the shape already goes on as it is.
  if (change.form === "debezium") return batch.dataText(index)!;
  const value = debeziumValue(change, batch.dataText(index)!, nowMs);
  if (value !== undefined) return value;
  throw new MessageProblem(
    `Debezium has no word for a ${change.operation}`,
    "no_row",
  );
}

function decoded(
  data: string,
  serialization: "text" | "bytes",
): string | Uint8Array {
  const text = JSON.parse(data);
  if (typeof text !== "string") {
    throw new MessageProblem(
      `serialization = "${serialization}" needs data that is a text`,
      "invalid",
    );
  }
  if (serialization === "text") return text;
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (isBase64) return Buffer.from(text, "base64");
  throw new MessageProblem("the data is no base64", "invalid");
}
