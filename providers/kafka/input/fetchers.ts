/**
 * Reads ahead: of each broker that leads a partition of ours, one request at a time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Cluster } from "../connection/cluster.ts";
import { forbidden, isTransient, reasonOf } from "../connection/failure.ts";
import { BrokerError, errorName } from "../connection/protocol_error.ts";
import { fetch, type Fetched } from "../wire/fetch_request.ts";
import { batchHeads } from "../wire/record_reader.ts";
import type { Assignment } from "./assignment.ts";
import type { KafkaInputConfig } from "./config.ts";
import { pause } from "./group/pause.ts";
import type { Inbox } from "./inbox.ts";
import type { Partition } from "./partition.ts";

/** How long a broker may wait for messages. */
const MAX_WAIT_MS = 500;
/** How often a broker without a partition of ours is looked at again. */
const IDLE_MS = 100;
const MIB = 1024 * 1024;
const FIRST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 5000;

/** All fetchers of one input. */
export class Fetchers {
  readonly #cluster: Cluster;
  readonly #assignment: Assignment;
  readonly #config: KafkaInputConfig;
  readonly #inbox: Inbox;
  readonly #running = new Map<number, Promise<void>>();
  /** Aborted when there is something new to fetch. */
  #waking = new AbortController();
  #turn = 0;

  constructor(
    cluster: Cluster,
    assignment: Assignment,
    config: KafkaInputConfig,
    inbox: Inbox,
  ) {
    this.#cluster = cluster;
    this.#assignment = assignment;
    this.#config = config;
    this.#inbox = inbox;
  }

  /** Looks at once. */
  wake(): void {
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  /** Until `signal`. @throws What no retry helps against. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = Promise.withResolvers<void>();
    failed.promise.catch(() => {}); // heard below, or it is too late
    while (!signal.aborted) {
      for (const broker of this.#brokers()) {
        if (this.#running.has(broker)) continue;
        const running = this.#runBroker(broker, signal)
          .catch(failed.reject)
          .finally(() => this.#running.delete(broker));
        this.#running.set(broker, running);
      }
      const waiting = pause(IDLE_MS, signal, this.#waking.signal);
      await Promise.race([waiting, failed.promise]);
    }
  }

  #brokers(): Set<number> {
    const brokers = new Set<number>();
    for (const partition of this.#assignment.partitions) {
      if (!partition.isWanted) continue;
      const leader = this.#leaderOf(partition);
      if (leader >= 0) brokers.add(leader);
      else this.#cluster.refresh([partition.topic]).catch(() => {});
    }
    return brokers;
  }

  #leaderOf({ topic, partition }: Partition): number {
    return this.#cluster.topic(topic)?.leaders[partition] ?? -1;
  }

  /** As long as it leads a partition that is wanted. */
  async #runBroker(broker: number, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let progressMs = performance.now();
    while (!signal.aborted) {
      await this.#inbox.room();
      const wanted = this.#wanted(broker);
      if (wanted.length === 0 || signal.aborted) return;
      try {
        await this.#fetch(broker, wanted);
        failures = 0;
        progressMs = performance.now();
      } catch (error) {
        if (signal.aborted) return;
        if (!isTransient(error)) throw error;
        if (performance.now() - progressMs > this.#config.retryTimeout) {
          throw new Error(`cannot read from Kafka: ${reasonOf(error)}`);
        }
        await this.#recover(error, ++failures, wanted, signal);
      }
    }
  }

  /** In another order each time, so that none is served last for ever. */
  #wanted(broker: number): Partition[] {
    const ours = this.#assignment.partitions.filter((partition) =>
      partition.isWanted && this.#leaderOf(partition) === broker
    );
    const first = this.#turn++ % Math.max(1, ours.length);
    return [...ours.slice(first), ...ours.slice(0, first)];
  }

  async #fetch(broker: number, wanted: readonly Partition[]): Promise<void> {
    const rounds = wanted.map(({ round }) => round);
    const connection = await this.#cluster.connection(broker, "fetch");
    const share = this.#config.fetchBuffer / 2 /
      Math.max(1, this.#running.size);
    const maxBytes = Math.round(Math.max(MIB, share));
    const fetched = await fetch(
      this.#cluster.library,
      connection,
      wanted.map(({ topic, partition, fetched }) => ({
        topic,
        partition,
        offset: fetched,
      })),
      {
        version: this.#cluster.maxVersion("Fetch"),
        maxWaitMs: MAX_WAIT_MS,
        maxBytes,
        partitionBytes: maxBytes,
        isCommittedOnly: this.#config.isolation === "read_committed",
      },
    );
    const byKey = new Map(
      wanted.map((partition, at) => [partition.key, { partition, at }]),
    );
    let trouble: unknown;
    for (const one of fetched) {
      const known = byKey.get(`${one.topic}/${one.partition}`);
      if (known === undefined) continue;
      const { partition, at } = known;
      // Let go of meanwhile, or sent to another place.
      if (partition.isGone || partition.round !== rounds[at]) continue;
      trouble ??= await this.#take(partition, one);
    }
    if (trouble !== undefined) throw trouble;
  }

  /** @returns What has to be waited for. @throws What no waiting helps against. */
  async #take(
    partition: Partition,
    { errorCode, endOffset, records, aborted }: Fetched,
  ): Promise<unknown> {
    const error = errorName(errorCode);
    if (error === "OFFSET_OUT_OF_RANGE") {
      await this.#assignment.outOfRange(partition);
      return undefined;
    }
    if (/AUTHORIZATION/.test(error)) {
      throw forbidden("read", `the topic ${JSON.stringify(partition.topic)}`);
    }
    if (errorCode !== 0) {
      const failure = new BrokerError(errorCode, `read ${partition.key}`);
      if (failure.isTransient) return failure;
      throw failure;
    }
    partition.end = Math.max(partition.end, endOffset);
    const heads = batchHeads(records);
    if (heads.length === 0) return undefined;
    const { fetched: from, round } = partition;
    const next = heads.at(-1)!.lastOffset + 1;
    partition.fetched = Math.max(from, next);
    // The answer's bytes are one piece: what waits must not hold on to all of it.
    const copy = Buffer.from(records.subarray(0, heads.at(-1)!.to));
    const chunk = { partition, round, from, next, records: copy, aborted };
    this.#inbox.add({ chunk });
  }

  async #recover(
    error: unknown,
    failures: number,
    wanted: readonly Partition[],
    signal: AbortSignal,
  ): Promise<void> {
    const delayMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, MOST_PAUSE_MS);
    const { log } = this.#cluster;
    const say = failures > 3 ? log.warn : log.debug;
    say.call(log, `cannot read from Kafka: ${reasonOf(error)}; trying again`, {
      delay_ms: delayMs,
    });
    await pause(delayMs, signal);
    const topics = new Set(wanted.map(({ topic }) => topic));
    await this.#cluster.refresh([...topics]).catch((trouble) => {
      if (!isTransient(trouble)) throw trouble;
    });
  }
}
