/**
 * What is known of each stream of a tap: its schema, and the metadata its records
 * get.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject, Logger } from "@dstream/sdk";
import {
  metadataOf,
  MetadataWriter,
  type Operation,
  schemaOfJsonSchema,
  type TableSchema,
} from "@dstream/sdk/changes";
import { asNames, asObject, asText } from "../json.ts";
import { BOOKMARK_KEYWORD, DELETED_AT, SINGER_KEY } from "../words.ts";

/** One stream. */
export interface TapStream {
  readonly name: string;
  /** Not there before its SCHEMA. */
  readonly schema: TableSchema | undefined;
  /** What stands behind a record: `,"metadata":{…`, without its end. */
  readonly tail: Uint8Array;
  /** Whether a record may say that its row is gone. */
  readonly marksDeletes: boolean;
  /** How many records came. */
  records: number;
  /** The tail of this record. */
  tailOf(record: string): Uint8Array;
  /** The whole line of a RECORD message. */
  envelope(message: JsonObject): Uint8Array;
}

/** All streams of one run. */
export class StreamBook {
  readonly #streams = new Map<string, StreamEntry>();
  readonly #log: Logger;
  readonly #passesVersions: boolean;
  #lastName: Uint8Array = new Uint8Array(0);
  #last: StreamEntry | undefined;
  #dropped = 0;

  /** @param passesVersions Whether ACTIVATE_VERSION is passed on. */
  constructor(log: Logger, passesVersions: boolean) {
    this.#log = log;
    this.#passesVersions = passesVersions;
  }

  /** @param from The name as JSON stands there, with its quotes. */
  find(bytes: Buffer, from: number, to: number): StreamEntry {
    if (this.#last !== undefined && isSame(this.#lastName, bytes, from, to)) {
      return this.#last;
    }
    const found = this.get(JSON.parse(bytes.toString("utf8", from, to)));
    this.#lastName = Uint8Array.from(bytes.subarray(from, to));
    return this.#last = found;
  }

  get(name: string): StreamEntry {
    const known = this.#streams.get(name);
    if (known !== undefined) {
      if (known.schema === undefined) this.#warnEarly(known);
      return known;
    }
    const stream = new StreamEntry(name);
    this.#streams.set(name, stream);
    this.#warnEarly(stream);
    return stream;
  }

  /**
   * Takes a SCHEMA message.
   * @returns The stream, unless nothing of it is new.
   */
  learn(message: JsonObject): TapStream | undefined {
    const name = asText(message.stream);
    if (name === undefined) {
      this.#log.warn("the tap wrote a SCHEMA without a stream");
      return undefined;
    }
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new StreamEntry(name);
      this.#streams.set(name, stream);
    }
    return stream.learn(message) ? stream : undefined;
  }

  /** @returns A line for an ACTIVATE_VERSION, if it is passed on. */
  activation({ stream, version }: JsonObject): Uint8Array | undefined {
    if (this.#passesVersions) return activationLine(String(stream), version);
    this.#dropped++;
    if (this.#dropped > 1) return undefined;
    this.#log.info(
      "ACTIVATE_VERSION is not passed on: rows of older versions stay; " +
        "activate_version = true changes that",
    );
  }

  /** One line for each stream, for the log. */
  *counts(): Generator<readonly [string, number]> {
    for (const { name, records } of this.#streams.values()) {
      yield [name, records];
    }
  }

  #warnEarly(stream: StreamEntry): void {
    if (stream.isEarlyTold) return;
    stream.isEarlyTold = true;
    this.#log.warn(`records of ${stream.name} come before their SCHEMA`);
  }
}

class StreamEntry implements TapStream {
  schema: TableSchema | undefined;
  tail: Uint8Array;
  marksDeletes = false;
  records = 0;
  isEarlyTold = false;
  #text = "";
  #deletedTail: Uint8Array;

  constructor(readonly name: string) {
    this.tail = this.#tailWith(undefined);
    this.#deletedTail = this.#tailWith("delete");
  }

  /** @returns Whether something is new. */
  learn(message: JsonObject): boolean {
    const text = JSON.stringify(message);
    if (text === this.#text) return false;
    this.#text = text;
    const { schema, key_properties, bookmark_properties } = message;
    const key = asNames(key_properties);
    const bookmarks = asNames(bookmark_properties);
    const jsonSchema: JsonObject = {
      ...asObject(schema),
      ...(bookmarks.length > 0 ? { [BOOKMARK_KEYWORD]: bookmarks } : {}),
    };
    const hasKey = key.length > 0;
    this.schema = schemaOfJsonSchema(
      this.name,
      jsonSchema,
      hasKey ? key : undefined,
    );
    this.marksDeletes = hasKey &&
      asObject(jsonSchema.properties)?.[DELETED_AT] !== undefined;
    // Without a key there is no row to replace: a record, to be appended.
    this.tail = this.#tailWith(hasKey ? "read" : undefined);
    this.#deletedTail = this.#tailWith("delete");
    return true;
  }

  tailOf(record: string): Uint8Array {
    return this.marksDeletes && isDeleted(JSON.parse(record))
      ? this.#deletedTail
      : this.tail;
  }

  envelope({ record, time_extracted, version }: JsonObject): Uint8Array {
    const isGone = this.marksDeletes && isDeleted(record);
    const operation = isGone
      ? "delete"
      : this.schema?.key === undefined
      ? undefined
      : "read";
    const metadata = metadataOf(this.#metadata(operation), {
      ...(time_extracted ? { time_extracted } : {}),
      ...(version === undefined || version === null ? {} : { version }),
    });
    return Buffer.from(`${JSON.stringify({ data: record, metadata })}\n`);
  }

  #metadata(operation: Operation | undefined) {
    const { name: table, schema } = this;
    return { table, operation, key: schema?.key, source: "singer" };
  }

  #tailWith(operation: Operation | undefined): Uint8Array {
    const { head } = new MetadataWriter(this.#metadata(operation));
    return Buffer.from(`,"metadata":${head}`);
  }
}

function isDeleted(record: Json): boolean {
  const deletedAt = asObject(record)?.[DELETED_AT];
  return deletedAt !== undefined && deletedAt !== null;
}

function activationLine(table: string, version: Json): Uint8Array {
  const metadata = metadataOf({ table, source: "singer" }, {
    [SINGER_KEY]: "ACTIVATE_VERSION",
    version,
  });
  return Buffer.from(`${JSON.stringify({ data: null, metadata })}\n`);
}

function isSame(
  name: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (to - from !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[from + index]) return false;
  }
  return true;
}
