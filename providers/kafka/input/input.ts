/**
 * Reads topics as a member of a group; offsets are committed when the destination has
 * what is before them.
 *
 * Who has which partition is group/, what may be committed assignment.ts, reading
 * ahead fetchers.ts, what a message becomes message_line.ts.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  FinalError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type Logger,
  type OpenContext,
} from "@dstream/sdk";
import { within, withRetries } from "@dstream/sdk/service";
import { Cluster } from "../connection/cluster.ts";
import { isTransient, reasonOf } from "../connection/failure.ts";
import { LATEST, offsetsAt } from "../connection/offsets.ts";
import { isUnreachable, retryOf } from "../connection/retry.ts";
import {
  batchHeads,
  type ReadRecord,
  readRecords,
  Transactions,
} from "../wire/record_reader.ts";
import { Decoder } from "../registry/decoder.ts";
import { RegistryUnreachable } from "../registry/requests.ts";
import { Assignment, type Gap } from "./assignment.ts";
import type { KafkaInputConfig } from "./config.ts";
import { Fetchers } from "./fetchers.ts";
import { ClassicGroup } from "./group/classic_group.ts";
import { ConsumerGroup } from "./group/consumer_group.ts";
import { GroupCoordinator } from "../connection/group_coordinator.ts";
import type { Membership } from "./group/membership.ts";
import { pause } from "./group/pause.ts";
import { type Chunk, Inbox } from "./inbox.ts";
import { LineMaker } from "./message_line.ts";
import type { Partition } from "./partition.ts";
import { TableSchemas } from "./table_schemas.ts";
import { TextBytes } from "./text_bytes.ts";
import { TopicsWatch } from "./topics_watch.ts";

const CLOSE_MS = 3000;
/** How often it looks whether it is to end. */
const LOOK_MS = 100;
const COMMIT_INTERVAL_MS = 500;
const TELL_INTERVAL_MS = 1000;
/** Handed over at once. */
const MOST_CHARACTERS = 512 * 1024;

/** What a message of a chunk becomes; no line where it says nothing. */
interface NextLine {
  readonly line: string | undefined;
  readonly offset: number;
}

/** A chunk of which a part may have been handed over. */
interface OpenChunk {
  readonly chunk: Chunk;
  readonly lines: Iterator<NextLine>;
}

/** How far a partition is when this is delivered. */
interface Mark {
  readonly partition: Partition;
  readonly offset: number;
}

export class KafkaInput implements Input {
  readonly #config: KafkaInputConfig;
  readonly #cluster: Cluster;
  readonly #log: Logger;
  readonly #topics: TopicsWatch;
  readonly #inbox: Inbox;
  readonly #assignment: Assignment;
  readonly #membership: Membership;
  readonly #fetchers: Fetchers;
  readonly #decoder: Decoder | undefined;
  readonly #tables: TableSchemas;
  readonly #makers = new WeakMap<Partition, LineMaker>();
  readonly #bytes = new TextBytes();
  /** A batch of the brokers may be many of ours when it is unpacked. */
  #open: OpenChunk | undefined;
  readonly #working = new AbortController();
  readonly #fetching = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #lastTellMs = -Infinity;
  #lastCommitMs = -Infinity;
  /** Told when all before it is delivered. */
  #failure: FinalError | undefined;

  private constructor(
    config: KafkaInputConfig,
    cluster: Cluster,
    topics: TopicsWatch,
    stops: ReadonlyMap<string, number> | undefined,
  ) {
    this.#config = config;
    this.#cluster = cluster;
    this.#log = cluster.log;
    this.#topics = topics;
    this.#inbox = new Inbox(config.fetchBuffer / 2);
    const { schemaRegistry } = config;
    this.#decoder = schemaRegistry && new Decoder(schemaRegistry);
    this.#tables = new TableSchemas(cluster.log);
    const coordinator = new GroupCoordinator(cluster, config.group);
    this.#assignment = new Assignment(cluster, coordinator, config, stops, {
      changed: () => this.#fetchers.wake(),
      skipped: (gap) => this.#inbox.add({ gap }),
    });
    const Group = config.groupProtocol === "classic"
      ? ClassicGroup
      : ConsumerGroup;
    this.#membership = new Group(
      cluster,
      coordinator,
      {
        group: config.group,
        instanceId: config.instanceId,
        sessionTimeoutMs: config.sessionTimeout,
        rebalanceTimeoutMs: config.rebalanceTimeout,
      },
      topics.names,
      this.#assignment,
    );
    this.#fetchers = new Fetchers(
      cluster,
      this.#assignment,
      config,
      this.#inbox,
    );
  }

  /** @throws {FinalError} For a login, a right or a topic that is wrong. */
  static async open(
    config: KafkaInputConfig,
    context: OpenContext,
  ): Promise<KafkaInput> {
    const retry = retryOf(context);
    const cluster = await withRetries(
      () => Cluster.open(config, context.log),
      { ...retry, isTransient: isUnreachable },
    );
    try {
      const topics = new TopicsWatch(cluster, config);
      await withRetries(() => topics.open(), retry);
      const { follow, isolation } = config;
      const stops = follow ? undefined : await withRetries(
        () =>
          offsetsAt(
            cluster,
            topics.partitions,
            LATEST,
            isolation === "read_committed",
          ),
        {
          ...retry,
          onRetry: () => void cluster.refresh(topics.names).catch(() => {}),
        },
      );
      return new KafkaInput(config, cluster, topics, stops);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async *read(
    _resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch> {
    const { maxCount } = this.#config;
    const left = { count: maxCount === 0 ? Infinity : maxCount };
    this.#begin();
    while (!context.signal.aborted && left.count > 0) {
      // Of a chunk that is handed over in parts there is more.
      if (this.#open === undefined) {
        await this.#inbox.wait(LOOK_MS, context.signal);
      }
      await this.#fetchSchemas(context);
      const batch = this.#next(left);
      if (batch !== undefined) yield batch;
      else if (this.#isDone) break;
      // Here nothing is handed over meanwhile.
      else await this.#commitIdle(context);
      this.#tell(context);
    }
    this.#fetching.abort();
  }

  /** What was confirmed is committed, and others get the partitions. */
  async close(): Promise<void> {
    this.#fetching.abort();
    this.#working.abort();
    await within(CLOSE_MS, this.#assignment.commit());
    await within(CLOSE_MS, this.#membership.leave());
    await within(CLOSE_MS, this.#cluster[Symbol.asyncDispose]());
    await within(CLOSE_MS, this.#work);
  }

  /** How many bytes wait to be handed over, of all partitions together. */
  get aheadBytes(): number {
    return this.#inbox.bytes;
  }

  get #isDone(): boolean {
    return this.#open === undefined && this.#inbox.isEmpty &&
      this.#assignment.isDone;
  }

  /** All that goes on beside reading. */
  #begin(): void {
    const { signal } = this.#working;
    const workers = [
      this.#membership.run(signal),
      this.#fetchers.run(this.#fetching.signal),
      this.#commitOften(signal),
      this.#topics.run(() => {
        this.#membership.resubscribe(this.#topics.names);
      }, signal),
    ];
    this.#work = Promise.all(workers.map((worker) =>
      worker.catch((error) => {
        if (!signal.aborted) this.#inbox.fail(told(error));
      })
    ));
  }

  async #commitOften(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(COMMIT_INTERVAL_MS, signal);
      if (this.#config.commit === "input") await this.#assignment.commit();
    }
  }

  /** What the output has no word for: messages that were filtered or put aside. */
  async #commitIdle({ monotonicMs }: InputContext): Promise<void> {
    const nowMs = monotonicMs();
    if (nowMs - this.#lastCommitMs < COMMIT_INTERVAL_MS) return;
    this.#lastCommitMs = nowMs;
    if (this.#config.commit === "output") await this.#assignment.commit();
  }

  /** Those that what waits is written with; the registry is waited for. */
  async #fetchSchemas(context: InputContext): Promise<void> {
    const decoder = this.#decoder;
    if (decoder === undefined) return;
    for (const item of this.#inbox.unseen()) {
      if (!("chunk" in item)) continue;
      for (const { key, value } of this.#recordsOf(item.chunk)) {
        await this.#fetchSchema(decoder, key, context);
        await this.#fetchSchema(decoder, value, context);
      }
    }
  }

  async #fetchSchema(
    decoder: Decoder,
    bytes: Uint8Array | null,
    context: InputContext,
  ): Promise<void> {
    const id = decoder.missing(bytes);
    if (id === undefined) return;
    await withRetries(() => decoder.fetch(id), {
      ...retryOf(context, this.#config.retryTimeout),
      isTransient: (error) => error instanceof RegistryUnreachable,
    });
  }

  /** As much as is there, up to so many characters. */
  #next(left: { count: number }): InputBatch | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const lines: string[] = [];
    const marks = new Map<Partition, number>();
    let characters = 0;
    while (
      this.#failure === undefined && characters < MOST_CHARACTERS &&
      left.count > 0
    ) {
      if (this.#open === undefined) {
        // What was made is delivered before a failure is told.
        if (this.#inbox.isEmpty && lines.length > 0) break;
        if (this.#decoder !== undefined && this.#inbox.isNextUnseen) break;
        const item = this.#inbox.take();
        if (item === undefined) break;
        if ("gap" in item) {
          lines.push(this.#gapLine(item.gap, marks));
          continue;
        }
        const { chunk } = item;
        this.#open = { chunk, lines: this.#linesOf(chunk) };
      }
      const most = MOST_CHARACTERS - characters;
      characters += this.#addOpen(this.#open, most, lines, marks, left);
    }
    if (lines.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    const text = lines.join("");
    const done = [...marks].map(([partition, offset]) => ({
      partition,
      offset,
    }));
    return {
      schema: this.#tables.take(),
      lines: this.#bytes.of(text),
      lineCount: lines.length,
      delivered: () => this.#delivered(done),
    };
  }

  #delivered(marks: readonly Mark[]): void {
    for (const { partition, offset } of marks) {
      this.#assignment.confirm(partition, offset);
    }
  }

  /**
   * It stays open where it has more than so many characters.
   * @returns How many characters came to it.
   */
  #addOpen(
    open: OpenChunk,
    most: number,
    lines: string[],
    marks: Map<Partition, number>,
    left: { count: number },
  ): number {
    const { chunk } = open;
    const { partition } = chunk;
    let characters = 0;
    while (!partition.isGone && partition.round === chunk.round) {
      if (characters >= most) return characters;
      const { done, value } = open.lines.next();
      if (this.#failure !== undefined) return characters;
      if (done || partition.isAtStop(value.offset) || left.count === 0) {
        this.#endChunk(chunk, marks, left);
        break;
      }
      const { line, offset } = value;
      partition.handed = offset + 1;
      if (line === undefined) continue;
      lines.push(line);
      left.count--;
      characters += line.length;
      mark(partition, marks);
    }
    this.#open = undefined;
    return characters;
  }

  /** What is at its end says nothing, but is done with. */
  #endChunk(
    { partition, next }: Chunk,
    marks: Map<Partition, number>,
    left: { readonly count: number },
  ): void {
    if (left.count === 0) return;
    partition.handed = Math.max(partition.handed, next);
    if (marks.has(partition)) mark(partition, marks);
    else if (partition.confirmed >= partition.marked) {
      partition.confirm(partition.handed);
    }
  }

  /** In order, with what says nothing left out. */
  *#linesOf(chunk: Chunk): Generator<NextLine> {
    const { partition } = chunk;
    const maker = this.#makerOf(partition);
    for (const record of this.#recordsOf(chunk)) {
      const made = maker.make(record);
      const line = made !== undefined && "problem" in made
        ? this.#invalid(partition, record.offset, made)
        : made?.line;
      yield { line, offset: record.offset };
    }
  }

  /** Those that are to be read. */
  *#recordsOf({ records, aborted, from }: Chunk): Generator<ReadRecord> {
    const transactions = new Transactions(aborted);
    const bytes = Buffer.from(
      records.buffer,
      records.byteOffset,
      records.length,
    );
    const isAll = this.#config.isolation === "read_uncommitted";
    for (const head of batchHeads(bytes)) {
      if (!transactions.isRead(head, isAll)) continue;
      for (const record of readRecords(this.#cluster.library, bytes, head)) {
        if (record.offset >= from) yield record;
      }
    }
  }

  /** @returns The line to send; nothing where on_invalid says otherwise. */
  #invalid(
    { topic, partition }: Partition,
    offset: number,
    { line, problem }: { readonly line: string; readonly problem: string },
  ): string | undefined {
    const text =
      `the message at ${topic}/${partition} offset ${offset} is not ` +
      `what format says: ${problem}`;
    switch (this.#config.onInvalid) {
      case "dead_letter":
        return line;
      case "skip":
        this.#log.warn(`${text}; it is left out`);
        return undefined;
      case "fail":
        this.#failure = new FinalError("kafka.message_invalid", text, {
          key: "on_invalid",
          hint: 'on_invalid = "dead_letter" puts it aside',
        });
        return undefined;
    }
  }

  #gapLine(
    { partition, from, to }: Gap,
    marks: Map<Partition, number>,
  ): string {
    marks.set(partition, to);
    partition.marked = to;
    return this.#makerOf(partition).gap(from, to);
  }

  #makerOf(partition: Partition): LineMaker {
    let maker = this.#makers.get(partition);
    if (maker === undefined) {
      maker = new LineMaker(
        { topic: partition.topic, partition: partition.partition },
        this.#config,
        this.#decoder,
        this.#tables,
      );
      this.#makers.set(partition, maker);
    }
    const { source } = this.#assignment;
    if (source !== undefined) maker.source = source;
    return maker;
  }

  /** How far behind it is, for people and for the metrics. */
  #tell({ progress, gauges, monotonicMs }: InputContext): void {
    const nowMs = monotonicMs();
    if (nowMs - this.#lastTellMs < TELL_INTERVAL_MS) return;
    this.#lastTellMs = nowMs;
    const { partitions } = this.#assignment;
    if (partitions.length === 0) return;
    const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0);
    const worst = partitions.reduce((a, b) => b.lag > a.lag ? b : a);
    const done = partitions.reduce((sum, { confirmed }) => sum + confirmed, 0);
    gauges({
      lag,
      partitions: partitions.length,
      ahead_bytes: this.aheadBytes,
      worst_partition_lag: worst.lag,
    });
    const where = lag > 0 ? `, most of them in ${worst.key}: ${worst.lag}` : "";
    progress(
      `${partitions.length} partitions, ${lag} messages behind${where}`,
      done,
      done + lag,
    );
  }
}

/** What is before this place is on its way. */
function mark(partition: Partition, marks: Map<Partition, number>): void {
  partition.marked = partition.handed;
  marks.set(partition, partition.handed);
}

function told(error: unknown): unknown {
  return isTransient(error)
    ? new Error(`cannot read from Kafka: ${reasonOf(error)}`)
    : error;
}
