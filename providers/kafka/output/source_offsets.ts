/**
 * Which envelopes of a batch are to be written, and which offsets go with them, where
 * they come from a Kafka input with `commit = "output"`.
 *
 * The truth is what the group has committed: what is before it was written by this
 * process, one before it or another member, and is left out. So is what was handed
 * over in the name of a generation that has passed: the input reads it again.
 *
 * @module
 */

import { FinalError, type Json, type OutputBatch } from "@dstream/sdk";
import type { CommitSource } from "../connection/commit_source.ts";
import type { Place } from "../connection/group_coordinator.ts";
import { keyOf, type PartitionName } from "../connection/offsets.ts";
import type { Commit } from "./transactions.ts";

/** What is committed, by `topic/partition`. */
type Committed = (
  source: CommitSource,
  names: readonly PartitionName[],
) => Promise<ReadonlyMap<string, number>>;

/** One envelope, and where it was read. */
interface Sourced extends PartitionName {
  readonly index: number;
  readonly key: string;
  readonly offset: number;
  /** Where to go on: behind it, or behind what is gone. */
  readonly next: number;
  readonly source: CommitSource;
}

/** What is to be done with a batch. */
export interface Selection {
  /** Places in the batch. */
  readonly leftOut: ReadonlySet<number>;
  /** @param isRejected Those at the end wait for the input, which knows their fate. */
  commit(isRejected: (index: number) => boolean): Commit | undefined;
}

/** What one process knows of the partitions its envelopes come from. */
export class SourceOffsets {
  readonly #cluster: string;
  readonly #committed: Committed;
  /** What is written is before it; of the present generation. */
  readonly #next = new Map<string, number>();
  #generation: CommitSource | undefined;
  #isPassed = false;

  /** @param cluster The id of the brokers that are written to. */
  constructor(cluster: string, committed: Committed) {
    this.#cluster = cluster;
    this.#committed = committed;
  }

  /** @throws {FinalError} For an input that reads at other brokers. */
  async select(batch: OutputBatch): Promise<Selection> {
    const all = [...sourcedOf(batch)];
    const newest = all.at(-1)?.source;
    if (newest === undefined) return NOTHING_SOURCED;
    this.#enter(newest);
    const leftOut = new Set<number>();
    const current = all.filter(({ index, source }) => {
      if (!this.#isPassed && isSame(source, newest)) return true;
      leftOut.add(index);
      return false;
    });
    await this.#learn(current, newest);
    const written = current.filter((one) => {
      if (!this.#isWritten(one)) return true;
      leftOut.add(one.index);
      return false;
    });
    return {
      leftOut,
      commit: (isRejected) => {
        const kept = written.filter(({ index }) => !isRejected(index));
        return kept.length === 0
          ? undefined
          : { source: newest, places: placesOf(kept) };
      },
    };
  }

  /** They are committed. */
  done({ places }: Commit): void {
    for (const place of places) this.#next.set(keyOf(place), place.offset);
  }

  /** Brokers refuse the present generation. */
  passed(): void {
    this.#isPassed = true;
  }

  #enter(source: CommitSource): void {
    if (isSame(source, this.#generation)) return;
    if (source.cluster !== this.#cluster) {
      throw new FinalError(
        "kafka.other_cluster",
        'the input reads at other brokers with commit = "output": its offsets ' +
          "can't be in a transaction here",
        { hint: "leave out commit in the input's config" },
      );
    }
    this.#generation = source;
    this.#isPassed = false;
    this.#next.clear();
  }

  async #learn(
    sourced: readonly Sourced[],
    source: CommitSource,
  ): Promise<void> {
    const names = new Map<string, PartitionName>();
    for (const { key, topic, partition } of sourced) {
      if (!this.#next.has(key)) names.set(key, { topic, partition });
    }
    if (names.size === 0) return;
    const committed = await this.#committed(source, [...names.values()]);
    for (const key of names.keys()) {
      this.#next.set(key, committed.get(key) ?? 0);
    }
  }

  /** Behind a gap a topic that was made anew begins at a smaller offset. */
  #isWritten({ key, offset, next }: Sourced): boolean {
    if (next <= offset) this.#next.set(key, next);
    return offset < Math.min(this.#next.get(key)!, next);
  }
}

const NOTHING_SOURCED: Selection = {
  leftOut: new Set(),
  commit: () => undefined,
};

function placesOf(sourced: readonly Sourced[]): Place[] {
  const places = new Map<string, Place>();
  for (const { key, topic, partition, next } of sourced) {
    places.set(key, { topic, partition, offset: next });
  }
  return [...places.values()];
}

function* sourcedOf(batch: OutputBatch): Generator<Sourced> {
  for (let index = 0; index < batch.count; index++) {
    const kafka = batch.metadata(index)?.kafka;
    if (!isObject(kafka) || !isObject(kafka.commit)) continue;
    const { topic, partition, offset, from, to, commit } = kafka as Json & Says;
    const key = keyOf({ topic, partition });
    const place = { index, key, topic, partition, source: commit };
    yield from === undefined
      ? { ...place, offset, next: offset + 1 }
      : { ...place, offset: from, next: to! };
  }
}

/** What the input writes, of a message or of a gap. */
interface Says extends PartitionName {
  readonly offset: number;
  readonly from?: number;
  readonly to?: number;
  readonly commit: CommitSource;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSame(one: CommitSource, other: CommitSource | undefined): boolean {
  return one.generation === other?.generation && one.member === other.member &&
    one.group === other.group && one.cluster === other.cluster;
}
