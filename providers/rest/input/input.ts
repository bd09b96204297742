/**
 * Reads records from an API: turn after turn, stream after stream, page after page.
 *
 * The state is where each stream stands ({@link States}).
 *
 * @module
 */

import {
  type Envelope,
  FinalError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type JsonObject,
  type OpenContext,
} from "@dstream/sdk";
import {
  positionText,
  type TableSchema,
  writeChange,
} from "@dstream/sdk/changes";
import { valueAt, WebClient } from "../../web/mod.ts";
import { type RestConfig, type StreamConfig, streamsOf } from "./config.ts";
import { isRecord, keyOf } from "./exact.ts";
import { InferredSchema, readSchema } from "./schemas.ts";
import {
  jsonOfStates,
  type Place,
  type States,
  statesOf,
  type StreamState,
} from "./state.ts";
import { Turn } from "./turn.ts";

/** How many parents a stream may have a place for. */
const MOST_PARENTS = 10_000;
/** So many places cost nothing to copy. */
const FEW_PLACES = 100;
/** More of them are copied so often. */
const STATE_EVERY_MS = 250;
/** Records of one batch; a page may be a long one. */
const RECORDS_AT_ONCE = 500;

/** An API. */
export class RestInput implements Input {
  readonly #config: RestConfig;
  readonly #client: WebClient;
  readonly #streams: readonly StreamConfig[];
  readonly #schemas: Map<string, TableSchema>;
  readonly #inferred = new Map<string, InferredSchema>();
  #states: States = {};
  /** How many places of parents there are, by the child's name. */
  readonly #placeCounts = new Map<string, number>();
  #toldAtMs = -Infinity;
  #left: number;

  constructor(
    config: RestConfig,
    client: WebClient,
    schemas: Map<string, TableSchema>,
  ) {
    this.#config = config;
    this.#client = client;
    this.#streams = streamsOf(config);
    this.#schemas = schemas;
    this.#left = config.maxCount === 0 ? Infinity : config.maxCount;
  }

  static async open(
    config: RestConfig,
    context: OpenContext,
  ): Promise<RestInput> {
    const client = new WebClient(new URL(config.endpoint), config, context);
    return new RestInput(config, client, await schemasOf(config));
  }

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch> {
    this.#states = statesOf(resume);
    for (const [name, { parents = {} }] of Object.entries(this.#states)) {
      this.#placeCounts.set(name, Object.keys(parents).length);
    }
    try {
      yield* this.#turns(context);
    } catch (error) {
      // A request that was under way when the stop came.
      if (!context.signal.aborted) throw error;
    }
    if (context.signal.aborted) yield this.#state();
  }

  async *#turns(context: InputContext): AsyncGenerator<InputBatch> {
    while (!context.signal.aborted && this.#left > 0) {
      yield* this.#turnOfAll(context);
      if (!this.#config.follow || this.#left <= 0) return;
      await context.sleep(this.#config.pollIntervalMs);
    }
  }

  close(): Promise<void> {
    this.#client[Symbol.dispose]();
    return Promise.resolve();
  }

  async *#turnOfAll(context: InputContext): AsyncGenerator<InputBatch> {
    for (const stream of this.#streams) {
      if (stream.parent !== undefined || !this.#isAsked(stream)) continue;
      yield* this.#turn(stream, this.#stateOf(stream), undefined, context);
    }
    // A turn without a record moves places too.
    yield this.#state();
  }

  /** Where all stand: a copy, since the places go on changing. */
  #state(): InputBatch {
    return { envelopes: [], state: jsonOfStates(this.#states) };
  }

  /** The same after each page; of many places from time to time. */
  *#stateInTime({ monotonicMs }: InputContext): Generator<InputBatch> {
    const counts = [...this.#placeCounts.values()];
    const isFew = counts.every((count) => count <= FEW_PLACES);
    const nowMs = monotonicMs();
    if (!isFew && nowMs - this.#toldAtMs < STATE_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    yield this.#state();
  }

  /** Itself or, for their sake, its children. */
  #isAsked(stream: StreamConfig): boolean {
    return this.#isSelected(stream) ||
      this.#childrenOf(stream).some((child) => this.#isAsked(child));
  }

  #isSelected({ name }: StreamConfig): boolean {
    return this.#config.select?.includes(name) ?? true;
  }

  #childrenOf({ name }: StreamConfig): StreamConfig[] {
    return this.#streams.filter(({ parent }) => parent === name);
  }

  #stateOf({ name }: StreamConfig): StreamState {
    return this.#states[name] ??= {};
  }

  async *#turn(
    stream: StreamConfig,
    place: Place,
    parent: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const turn = new Turn(stream, place, parent, {
      client: this.#client,
      endpoint: this.#config.endpoint,
      signal: context.signal,
      warn: (message) => context.log.warn(message),
    });
    for await (const { records, commit } of turn.run()) {
      yield* this.#children(stream, records, context);
      const isWhole = records.length <= this.#left;
      if (this.#isSelected(stream)) {
        yield* this.#batches(stream, records, parent, place);
      }
      if (context.signal.aborted || !isWhole) return;
      commit();
      place.count = (place.count ?? 0) + records.length;
      yield* this.#stateInTime(context);
      if (this.#left <= 0) return;
    }
  }

  /** Children first: who is stopped in between asks for the parent again. */
  async *#children(
    stream: StreamConfig,
    records: readonly Json[],
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    for (const child of this.#childrenOf(stream)) {
      if (!this.#isAsked(child)) continue;
      for (const record of records) {
        if (context.signal.aborted || this.#left <= 0) return;
        const place = this.#placeOf(child, record);
        yield* this.#turn(child, place, record, context);
      }
    }
  }

  #placeOf(child: StreamConfig, record: Json): Place {
    const state = this.#stateOf(child);
    const places = state.parents ??= {};
    const key = this.#parentKey(child, record);
    if (places[key] !== undefined) return places[key];
    const count = this.#placeCounts.get(child.name) ?? 0;
    if (count >= MOST_PARENTS) {
      throw new FinalError(
        "rest.too_many_parents",
        `${child.name} has more than ${MOST_PARENTS} parents`,
        { key: `streams.${child.name}.parent` },
      );
    }
    this.#placeCounts.set(child.name, count + 1);
    return places[key] = {};
  }

  *#batches(
    stream: StreamConfig,
    records: readonly Json[],
    parent: Json | undefined,
    place: Place,
  ): Generator<InputBatch> {
    const wanted = records.slice(0, this.#left);
    this.#left -= wanted.length;
    for (let at = 0; at < wanted.length; at += RECORDS_AT_ONCE) {
      const part = wanted.slice(at, at + RECORDS_AT_ONCE);
      const first = (place.count ?? 0) + at + 1;
      const rows = part.map((record) => withParent(stream, record, parent));
      const envelopes = rows.map((row, index) =>
        this.#envelope(stream, row, parent, first + index)
      );
      yield { envelopes, schema: this.#schemaOf(stream, rows) };
    }
  }

  #envelope(
    stream: StreamConfig,
    data: Json,
    parent: Json | undefined,
    count: number,
  ): Envelope {
    const of = parent === undefined ? [] : [this.#parentKey(stream, parent)];
    return writeChange({
      table: stream.name,
      // Without a key no row can be found again: a record, to be appended.
      operation: stream.key === undefined ? undefined : "read",
      key: stream.key,
      position: positionText([...of, count]),
      source: "rest",
      data,
    });
  }

  #parentKey(child: StreamConfig, record: Json): string {
    const parent = this.#streams.find(({ name }) => name === child.parent)!;
    return keyOf(record, parent.key ?? Object.keys(record as JsonObject));
  }

  #schemaOf(
    stream: StreamConfig,
    records: readonly Json[],
  ): TableSchema | undefined {
    const declared = this.#schemas.get(stream.name);
    if (declared !== undefined || !this.#config.inferSchema) return declared;
    const { name } = stream;
    const inferred = this.#inferred.get(name) ?? new InferredSchema(stream);
    this.#inferred.set(name, inferred);
    return inferred.with(records.filter(isRecord));
  }
}

async function schemasOf(
  config: RestConfig,
): Promise<Map<string, TableSchema>> {
  const schemas = new Map<string, TableSchema>();
  for (const stream of streamsOf(config)) {
    if (stream.schema === undefined) continue;
    schemas.set(stream.name, await readSchema(stream));
  }
  return schemas;
}

function withParent(
  { include, parent: name }: StreamConfig,
  record: Json,
  parent: Json | undefined,
): Json {
  if (include === undefined || parent === undefined || !isRecord(record)) {
    return record;
  }
  const fields: Record<string, Json> = {};
  for (const field of include) {
    fields[`${name}_${field}`] = (valueAt(parent, field) ?? null) as Json;
  }
  return { ...record, ...fields } as JsonObject;
}
