/**
 * Reads the objects below a prefix, once or for ever.
 *
 * Each is read from its begin to its end; the state says which are done with and how
 * many rows of the next were handed out. What is in an object is rows.ts, which are
 * still to be read place.ts.
 *
 * @module
 */

import type {
  Input,
  InputBatch,
  InputContext,
  Json,
  OpenContext,
} from "@dstream/sdk";
import { FinalError } from "@dstream/sdk";
import { metadataOf, positionText } from "@dstream/sdk/changes";
import type { ObjectInfo, ObjectStore } from "../store.ts";
import { formatOfKey, type ReaderConfig, type ReadFormat } from "./config.ts";
import { isNew, type Place, placeAfter, placeOf } from "./place.ts";
import type { Rows } from "./row_batch.ts";
import { BadRow, rowsOf } from "./rows.ts";

const TABLES: readonly ReadFormat[] = ["csv", "tsv", "parquet"];

export class ObjectInput implements Input {
  readonly #config: ReaderConfig;
  readonly #store: ObjectStore;
  readonly #source: string;
  #place: Place = {};

  private constructor(
    config: ReaderConfig,
    store: ObjectStore,
    source: string,
  ) {
    this.#config = config;
    this.#store = store;
    this.#source = source;
  }

  /** @throws {ConfigError} where the bucket can't be listed. */
  static async open(
    config: ReaderConfig,
    store: ObjectStore,
    source: string,
    { signal }: OpenContext,
  ): Promise<ObjectInput> {
    for await (const _ of store.list(config.prefix, signal)) break;
    return new ObjectInput(config, store, source);
  }

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    this.#place = placeOf(resume);
    const { follow, pollInterval } = this.#config;
    while (!context.signal.aborted) {
      for await (const object of this.#objects(context.signal)) {
        yield* this.#readObject(object, context);
        if (context.signal.aborted) return;
      }
      if (!follow) return;
      await context.sleep(pollInterval);
    }
  }

  /** Those that are still to be read, in order. */
  async *#objects(signal: AbortSignal): AsyncGenerator<ObjectInfo> {
    const { prefix, suffix = "", order } = this.#config;
    const byTime: ObjectInfo[] = [];
    const { after } = this.#place;
    for await (const page of this.#store.list(prefix, signal, after)) {
      for (const object of page) {
        const { key, sizeBytes } = object;
        if (sizeBytes === 0 || !key.endsWith(suffix)) continue;
        if (order === "key") {
          if (after === undefined || key > after) yield object;
        } else if (isNew(object, this.#place)) byTime.push(object);
      }
    }
    byTime.sort((a, b) =>
      a.modifiedMs - b.modifiedMs || (a.key < b.key ? -1 : 1)
    );
    yield* byTime;
  }

  async *#readObject(
    object: ObjectInfo,
    { signal, log }: InputContext,
  ): AsyncGenerator<InputBatch> {
    const { key, etag } = object;
    const format = this.#config.format ?? formatOfKey(key);
    if (format === undefined) {
      log.warn(`passed over ${key}: its name doesn't say what is in it`, {
        key,
      });
      return yield* this.#done(object);
    }
    const bytes = await this.#store.read(object, signal);
    if (bytes === undefined) {
      // It is listed again, if it is there with another content.
      return log.warn(`${key} is gone, or another by now`, { key });
    }
    const { current } = this.#place;
    const skipped = current?.key === key && current.etag === etag
      ? current.rows
      : 0;
    let row = 0;
    const table = this.#config.table ?? "rows";
    for await (const rows of this.#whole(rowsOf(format, key, bytes, table))) {
      if (signal.aborted) return;
      const first = row;
      row += rows.texts.length;
      if (row <= skipped) continue;
      const texts = rows.texts.slice(Math.max(0, skipped - first));
      const from = row - texts.length;
      const state = { ...this.#place, current: { key, etag, rows: row } };
      yield {
        ...this.#linesOf(format, key, texts, from, table),
        schema: rows.schema,
        state: state as unknown as Json,
      };
    }
    yield* this.#done(object);
  }

  /** Hands out what is good before it tells what isn't. */
  async *#whole(rows: AsyncIterable<Rows>): AsyncGenerator<Rows> {
    try {
      yield* rows;
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      if (error.before.length > 0) yield { texts: error.before };
      throw new FinalError(error.code, error.message, { hint: error.hint });
    }
  }

  #linesOf(
    format: ReadFormat,
    key: string,
    texts: readonly string[],
    from: number,
    table: string,
  ): Pick<InputBatch, "lines" | "lineCount"> {
    const lines = format === "envelopes"
      ? texts.map((text) => `${text.trim()}\n`)
      : texts.map((text, at) => {
        const row = from + at + 1;
        const metadata = metadataOf({
          ...(TABLES.includes(format) ? { table } : {}),
          // Names that grow are positions; times are not.
          ...(this.#config.order === "key"
            ? { position: positionText([key, row]) }
            : {}),
          source: this.#source,
        }, { object: key, row });
        return `{"data":${text},"metadata":${JSON.stringify(metadata)}}\n`;
      });
    return {
      lines: new TextEncoder().encode(lines.join("")),
      lineCount: lines.length,
    };
  }

  /** The object is done with, once all of it is delivered. */
  *#done(object: ObjectInfo): Generator<InputBatch> {
    const { onDone, order } = this.#config;
    this.#place = placeAfter(object, this.#place, order);
    const state = this.#place as unknown as Json;
    if (onDone === "keep") yield { state };
    else yield { state, delivered: () => this.#putAway(object) };
  }

  async #putAway({ key }: ObjectInfo): Promise<void> {
    const { onDone, moveTo, prefix, retryTimeout } = this.#config;
    const signal = AbortSignal.timeout(retryTimeout);
    if (onDone === "move") {
      await this.#store.copy(key, moveTo + key.slice(prefix.length), signal);
    }
    await this.#store.remove(key, signal);
  }
}
