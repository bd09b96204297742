/**
 * The partitions that are ours: where they begin, what of them may be committed, and
 * how they are let go of.
 *
 * A partition's offset is committed only while it is ours, in the name of the present
 * generation: brokers take a member's word also for partitions it lost, so a late
 * acknowledgement has to be forgotten here.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import { type RetryDeps, withRetries } from "@dstream/sdk/service";
import type { Cluster } from "../connection/cluster.ts";
import type { CommitSource } from "../connection/commit_source.ts";
import { isTransient, reasonOf } from "../connection/failure.ts";
import {
  EARLIEST,
  keyOf,
  LATEST,
  offsetsAt,
  type PartitionName,
} from "../connection/offsets.ts";
import { errorName } from "../connection/protocol_error.ts";
import { type KafkaInputConfig, startTimeMs } from "./config.ts";
import type {
  GroupCoordinator,
  Member,
} from "../connection/group_coordinator.ts";
import type { GroupEvents } from "./group/membership.ts";
import { pause } from "./group/pause.ts";
import { Partition } from "./partition.ts";

/** Of the time a rebalance may take, what is spent on waiting. */
const WAITING_SHARE = 0.7;
const LOOK_MS = 20;
const ASSIGN_TIMEOUT_MS = 60_000;
const COMMITTED_TIMEOUT_MS = 2000;

/** Messages that can't be read any more. */
export interface Gap {
  readonly partition: Partition;
  /** Where it should have gone on. */
  readonly from: number;
  /** Where it goes on. */
  readonly to: number;
}

/** What the assignment tells the input. */
export interface AssignmentListener {
  /** There is something new to fetch. */
  changed(): void;
  /** Messages are gone, and on_gap = "continue". */
  skipped(gap: Gap): void;
}

/** All that is ours. */
export class Assignment implements GroupEvents {
  readonly #cluster: Cluster;
  readonly #coordinator: GroupCoordinator;
  readonly #config: KafkaInputConfig;
  readonly #listener: AssignmentListener;
  readonly #log: Logger;
  readonly #partitions = new Map<string, Partition>();
  /** Those that were ours before the membership was lost. */
  readonly #lost = new Map<string, Partition>();
  /** Ends at the start of the run, where it isn't followed. */
  readonly #stops: ReadonlyMap<string, number> | undefined;
  #member: Member | undefined;
  #source: CommitSource | undefined;
  #hasWarned = false;
  #committing: Promise<void> = Promise.resolve();
  #begunMs: number | undefined;

  constructor(
    cluster: Cluster,
    coordinator: GroupCoordinator,
    config: KafkaInputConfig,
    stops: ReadonlyMap<string, number> | undefined,
    listener: AssignmentListener,
  ) {
    this.#cluster = cluster;
    this.#coordinator = coordinator;
    this.#config = config;
    this.#stops = stops;
    this.#listener = listener;
    this.#log = cluster.log;
  }

  /** What envelopes say to the output that commits them, if one does. */
  get source(): CommitSource | undefined {
    return this.#source;
  }

  get partitions(): Partition[] {
    return [...this.#partitions.values()];
  }

  /** Whether all that belongs to this run was handed over. */
  get isDone(): boolean {
    if (this.#stops === undefined || this.#begunMs === undefined) return false;
    const { partitions } = this;
    if (partitions.length > 0) return partitions.every(({ isDone }) => isDone);
    // In the newer protocol they come when others have let go of them.
    const { groupProtocol, rebalanceTimeout } = this.#config;
    return groupProtocol === "classic" ||
      performance.now() - this.#begunMs > rebalanceTimeout;
  }

  async assigned(
    names: readonly PartitionName[],
    member: Member,
  ): Promise<void> {
    if (this.#isLeftToOutput) this.#beginAnew(member);
    this.#member = member;
    const keys = new Set(names.map(keyOf));
    for (const partition of this.partitions) {
      if (keys.has(partition.key)) partition.resume();
      else this.#drop(partition);
    }
    const added = names.filter((name) => !this.#partitions.has(keyOf(name)));
    if (added.length > 0) {
      const begun = await this.#begin(added);
      if (this.#isLeftToOutput) await this.#commitStarts(begun, member);
      for (const fresh of begun) {
        const partition = this.#backAgain(fresh);
        this.#partitions.set(partition.key, partition);
      }
    }
    for (const partition of this.#lost.values()) partition.isGone = true;
    this.#lost.clear();
    this.#begunMs ??= performance.now();
    this.#log.debug("has partitions", {
      partitions: this.#partitions.size,
      generation: member.generation,
    });
    this.#listener.changed();
  }

  async revoking(names?: readonly PartitionName[]): Promise<void> {
    const leaving = names === undefined
      ? this.partitions
      : names.flatMap((name) => this.#partitions.get(keyOf(name)) ?? []);
    for (const partition of leaving) partition.pause();
    const { rebalanceTimeout } = this.#config;
    const endMs = performance.now() + rebalanceTimeout * WAITING_SHARE;
    const isOpen = () =>
      leaving.some(({ confirmed, handed, isGone }) =>
        !isGone && confirmed < handed
      );
    while (isOpen() && performance.now() < endMs) {
      await pause(LOOK_MS);
    }
    if (isOpen()) {
      this.#log.warn(
        "partitions go to others before the destination has confirmed all of " +
          "them: some messages will be read twice",
      );
    }
    await this.commit();
    if (names !== undefined) leaving.forEach((each) => this.#drop(each));
  }

  lost(): void {
    if (this.#partitions.size > 0) {
      this.#log.warn(
        "the membership is lost: what is on its way will be read twice where " +
          "others have got the partitions",
      );
    }
    for (const partition of this.partitions) {
      partition.pause();
      this.#partitions.delete(partition.key);
      this.#lost.set(partition.key, partition);
    }
    this.#member = undefined;
    // Without partitions it would seem to be done.
    this.#begunMs = undefined;
  }

  /** The destination has everything of it before the offset. */
  confirm(partition: Partition, offset: number): void {
    if (!partition.isGone) partition.confirm(offset);
  }

  /** Commits what is confirmed; one after the other. */
  commit(): Promise<void> {
    return this.#committing = this.#committing.then(() => this.#commit());
  }

  /**
   * Its messages to go on with are gone (or were never there).
   * @throws {FinalError} Unless it may go on without them.
   */
  async outOfRange(partition: Partition): Promise<void> {
    const { from, to } = await this.#look([partition]);
    const first = from.get(partition.key)!;
    const end = to.get(partition.key)!;
    if (partition.fetched >= first && partition.fetched <= end) return;
    const target = this.#passGap(partition, partition.fetched, first, end);
    const gap = { partition, from: partition.fetched, to: target };
    partition.jump(target);
    this.#listener.skipped(gap);
  }

  /**
   * A broker that was away may have forgotten us and nobody else came: what was handed
   * over is still on its way, so it goes on behind it. Unless somebody read further, or
   * set the offset back.
   */
  #backAgain(fresh: Partition): Partition {
    const lost = this.#lost.get(fresh.key);
    if (lost === undefined || fresh.isFresh || this.#isLeftToOutput) {
      return fresh;
    }
    const place = fresh.handed;
    if (place < lost.committed || place > lost.handed) return fresh;
    this.#lost.delete(fresh.key);
    lost.committed = place;
    lost.confirm(place);
    lost.resume();
    return lost;
  }

  get #isLeftToOutput(): boolean {
    return this.#config.commit === "output";
  }

  /**
   * What is on its way in the name of an earlier generation is refused by the brokers
   * and left out by the output, so all of it is read again.
   */
  #beginAnew(member: Member): void {
    if (isSame(member, this.#member)) return;
    for (const partition of this.partitions) this.#drop(partition);
    this.#begunMs = undefined;
    this.#source = {
      cluster: this.#cluster.id,
      group: this.#config.group,
      member: member.memberId,
      generation: member.generation,
      instance: member.instanceId,
    };
  }

  /** Without it a later generation would begin where `start` is by then. */
  async #commitStarts(
    begun: readonly Partition[],
    member: Member,
  ): Promise<void> {
    const fresh = begun.filter(({ isFresh }) => isFresh);
    if (fresh.length === 0) return;
    const places = fresh.map(({ topic, partition, handed }) => ({
      topic,
      partition,
      offset: handed,
    }));
    const codes = await this.#coordinator.commit(member, places);
    for (const code of codes.values()) {
      this.#coordinator.assertDone(code, "commit where it begins");
    }
  }

  #drop(partition: Partition): void {
    partition.isGone = true;
    this.#partitions.delete(partition.key);
  }

  async #commit(): Promise<void> {
    const member = this.#member;
    if (member === undefined) return;
    try {
      const due = await this.#due();
      if (due.length === 0) return;
      const codes = await this.#coordinator.commit(
        member,
        due.map(({ partition, offset }) => ({
          topic: partition.topic,
          partition: partition.partition,
          offset,
        })),
      );
      for (const { partition, offset } of due) {
        const code = codes.get(partition.key) ?? -1;
        if (code === 0) partition.committed = offset;
        else this.#log.debug(`not committed: ${errorName(code)}`);
      }
    } catch (error) {
      this.#log.debug(`not committed: ${reasonOf(error)}`);
    }
  }

  /** What may be committed now. */
  async #due(): Promise<Due[]> {
    const due = this.partitions
      .filter(({ confirmed, committed }) => confirmed > committed)
      .map((partition) => ({ partition, offset: partition.confirmed }));
    return this.#isLeftToOutput && due.length > 0
      ? await this.#leftBehind(due)
      : due;
  }

  /**
   * Partitions of which nothing is on its way, and which the output has not committed
   * so far: what came last was filtered or put aside, or marks a transaction's end.
   */
  async #leftBehind(due: readonly Due[]): Promise<Due[]> {
    const idle = due.filter(({ partition, offset }) =>
      partition.handed === offset
    );
    const names = idle.map(({ partition }) => partition);
    const committed = await withRetries(
      () => this.#coordinator.committed(names),
      // A transaction's offsets take a moment to be there.
      patient(COMMITTED_TIMEOUT_MS),
    );
    return idle.filter(({ partition, offset }) => {
      const there = committed.get(partition.key) ?? -1;
      partition.committed = Math.max(partition.committed, there);
      if (there <= partition.first && offset > partition.first) this.#warn();
      return there < offset;
    });
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#log.warn(
      'commit = "output", and what was confirmed was not committed: unless all ' +
        "of it was filtered, the output is no kafka output with " +
        "transactions = true at these brokers, and a crash reads it again",
    );
  }

  /** Where each begins: what is committed, or `start`. */
  #begin(names: readonly PartitionName[]): Promise<Partition[]> {
    return withRetries(() => this.#tryBegin(names), {
      ...patient(ASSIGN_TIMEOUT_MS),
      onRetry: (error) => {
        this.#log.debug(`cannot begin partitions yet: ${reasonOf(error)}`);
        return void this.#cluster.refresh(topicsOf(names)).catch(() => {});
      },
    });
  }

  async #tryBegin(names: readonly PartitionName[]): Promise<Partition[]> {
    const isUnknown = names.some(({ topic, partition }) =>
      this.#cluster.topic(topic)?.leaders[partition] === undefined
    );
    if (isUnknown) await this.#cluster.refresh(topicsOf(names));
    const committed = await this.#coordinator.committed(names);
    const { from, to } = await this.#look(names);
    const fresh = names.filter((name) => !committed.has(keyOf(name)));
    const starts = await this.#starts(fresh, from, to);
    return names.map((name) => {
      const key = keyOf(name);
      const [first, end] = [from.get(key)!, to.get(key)!];
      const place = committed.get(key) ?? this.#config.startOffsets[key] ??
        starts.get(key)!;
      const stop = this.#stops && (this.#stops.get(key) ?? 0);
      const make = (offset: number) =>
        new Partition(name.topic, name.partition, offset, stop);
      if (place >= first && place <= end) {
        return Object.assign(make(place), { isFresh: !committed.has(key) });
      }
      const partition = make(place);
      const target = this.#passGap(partition, place, first, end);
      const jumped = make(target);
      this.#listener.skipped({ partition: jumped, from: place, to: target });
      return jumped;
    });
  }

  async #look(names: readonly PartitionName[]) {
    const [from, to] = [
      await offsetsAt(this.#cluster, names, EARLIEST, false),
      // Not yet committed messages are there, too.
      await offsetsAt(this.#cluster, names, LATEST, false),
    ];
    return { from, to };
  }

  async #starts(
    names: readonly PartitionName[],
    from: ReadonlyMap<string, number>,
    to: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, number>> {
    const { start } = this.#config;
    if (start === "earliest") return from;
    if (start === "latest") return to;
    const found = await offsetsAt(
      this.#cluster,
      names,
      startTimeMs(start)!,
      false,
    );
    return new Map(names.map((name) => {
      const key = keyOf(name);
      const offset = found.get(key) ?? -1;
      return [key, offset < 0 ? to.get(key)! : offset];
    }));
  }

  /** @returns Where to go on. @throws {FinalError} */
  #passGap(
    { topic, partition }: Partition,
    place: number,
    first: number,
    end: number,
  ): number {
    const what = place > end
      ? `it ends at ${end}: the topic was made anew, or has lost messages`
      : `it begins at ${first}: older messages were removed`;
    const text = `cannot go on at offset ${place} of ${topic}/${partition}: ` +
      what;
    if (this.#config.onGap === "fail") {
      throw new FinalError("kafka.gap", text, {
        key: "on_gap",
        hint: 'on_gap = "continue" goes on with what is there, behind an ' +
          "envelope that says so",
      });
    }
    this.#log.warn(`${text}; it goes on at ${first}`);
    return first;
  }
}

/** A partition, and what of it may be committed. */
interface Due {
  readonly partition: Partition;
  readonly offset: number;
}

function patient(timeoutMs: number): RetryDeps {
  return {
    timeoutMs,
    signal: new AbortController().signal,
    sleep: (delayMs) => pause(delayMs),
    now: () => performance.now(),
    isTransient,
  };
}

function isSame(member: Member, other: Member | undefined): boolean {
  return member.memberId === other?.memberId &&
    member.generation === other.generation;
}

function topicsOf(names: readonly PartitionName[]): string[] {
  return [...new Set(names.map(({ topic }) => topic))];
}
