/**
 * Reads the objects below a prefix, once or for ever.
 *
 * Each is read from its begin to its end; the state says which are done with and how
 * far the next was read. What is in an object is formats/reading, which are still to
 * be read place.ts.
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
import { FittingSchemas } from "@dstream/sdk/changes";
import {
  Buffers,
  csvOptionsOf,
  formatOf,
  type Reading,
} from "../../formats/reading/mod.ts";
import type { ObjectInfo, ObjectStore } from "../store.ts";
import type { ReaderConfig } from "./config.ts";
import { openObject } from "./open_object.ts";
import { isNew, type Place, placeAfter, placeOf } from "./place.ts";

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
    const reading = this.#reading(context);
    while (!context.signal.aborted) {
      try {
        for await (const object of this.#objects(context.signal)) {
          yield* this.#readObject(object, reading, context);
          if (context.signal.aborted) return;
        }
      } catch (error) {
        // What was asked of the store ends with the run.
        if (context.signal.aborted) return;
        throw error;
      }
      if (!follow) return;
      await context.sleep(pollInterval);
    }
  }

  #reading({ log, batchBytes }: InputContext): Reading {
    const { format, onInvalid, table = "rows" } = this.#config;
    return {
      buffers: new Buffers(undefined, batchBytes),
      schemas: new FittingSchemas(log, "`table` gives all objects one table"),
      log,
      format,
      csv: { ...csvOptionsOf(this.#config), table },
      onInvalid,
    };
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
    reading: Reading,
    { signal, log }: InputContext,
  ): AsyncGenerator<InputBatch> {
    const { key, etag } = object;
    if ((reading.format ?? formatOf(key)) === undefined) {
      log.warn(`passed over ${key}: its name doesn't say what is in it`, {
        key,
      });
      return yield* this.#done(object);
    }
    const { current } = this.#place;
    await using opened = await openObject(this.#store, object, {
      reading,
      place: current?.key === key && current.etag === etag
        ? current
        : undefined,
      source: this.#source,
      // Names that grow are positions; times are not.
      hasPositions: this.#config.order === "key",
      signal,
    });
    if (opened === undefined) {
      // It is listed again, if it is there with another content.
      return log.warn(`${key} is gone, or another by now`, { key });
    }
    const { reader } = opened;
    while (!signal.aborted) {
      const chunk = await reader.next(true);
      if (chunk === undefined) return yield* this.#done(object);
      const { offset, line } = reader;
      const state = { ...this.#place, current: { key, etag, offset, line } };
      yield { ...chunk, state: state as unknown as Json };
    }
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
