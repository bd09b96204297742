/**
 * The newer group protocol (KIP-848): the broker shares out the partitions, and only
 * those that move stop.
 *
 * Source: https://kafka.apache.org/protocol, ConsumerGroupHeartbeat.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import type { Cluster } from "../../connection/cluster.ts";
import { keyOf, type PartitionName } from "../../connection/offsets.ts";
import { errorName } from "../../connection/protocol_error.ts";
import type { GroupCoordinator } from "../../connection/group_coordinator.ts";
import type { GroupEvents, GroupSettings, Membership } from "./membership.ts";
import { beatingWhile } from "./beating.ts";
import { insist } from "./insist.ts";
import { pause } from "./pause.ts";

const JOINING = 0;
const LEAVING = -1;
const LEAVING_FOR_A_WHILE = -2;
const BUSY_BEAT_MS = 1000;

/** A member of a group of the newer protocol. */
export class ConsumerGroup implements Membership {
  readonly #cluster: Cluster;
  readonly #coordinator: GroupCoordinator;
  readonly #settings: GroupSettings;
  readonly #events: GroupEvents;
  readonly #log: Logger;
  #topics: readonly string[];
  #memberId = "";
  #epoch = JOINING;
  #owned: PartitionName[] = [];
  #waking = new AbortController();

  constructor(
    cluster: Cluster,
    coordinator: GroupCoordinator,
    settings: GroupSettings,
    topics: readonly string[],
    events: GroupEvents,
  ) {
    this.#cluster = cluster;
    this.#coordinator = coordinator;
    this.#settings = settings;
    this.#topics = topics;
    this.#events = events;
    this.#log = cluster.log;
  }

  run(signal: AbortSignal): Promise<void> {
    return insist(
      async (isIn) => {
        const delayMs = await this.#turn();
        isIn();
        await pause(delayMs, signal, this.#waking.signal);
        this.#waking = new AbortController();
      },
      signal,
      this.#log,
    );
  }

  resubscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#waking.abort();
  }

  async leave(): Promise<void> {
    if (this.#epoch === JOINING) return;
    const { instanceId } = this.#settings;
    await this.#beat(instanceId === undefined ? LEAVING : LEAVING_FOR_A_WHILE);
  }

  /** One heartbeat, and what it asks for. @returns When the next is due. */
  async #turn(): Promise<number> {
    const answer = await this.#beat(this.#epoch);
    const { errorCode, memberId, memberEpoch, assignment } = answer;
    if (!this.#isIn(errorCode, answer.errorMessage)) return 0;
    const isNew = this.#epoch !== memberEpoch;
    this.#memberId = memberId ?? this.#memberId;
    this.#epoch = memberEpoch;
    if (assignment !== null) {
      const target = await this.#named(assignment.topicPartitions);
      if (!isSame(target, this.#owned)) {
        await this.#reconcile(target);
        return 0; // the broker wants to hear of it
      }
    }
    if (isNew) await this.#assign();
    return answer.heartbeatIntervalMs;
  }

  async #reconcile(target: readonly PartitionName[]): Promise<void> {
    const keys = new Set(target.map(keyOf));
    const leaving = this.#owned.filter((each) => !keys.has(keyOf(each)));
    if (leaving.length > 0) {
      await this.#beating(this.#events.revoking(leaving));
    }
    this.#owned = [...target];
    await this.#assign();
  }

  /** Offsets in a transaction that is open are waited for, perhaps for long. */
  #assign(): Promise<void> {
    return this.#beating(this.#events.assigned(this.#owned, this.#member));
  }

  #beating(work: Promise<void>): Promise<void> {
    return beatingWhile(work, () => this.#beat(this.#epoch), BUSY_BEAT_MS);
  }

  get #member() {
    const { instanceId = null } = this.#settings;
    return { memberId: this.#memberId, generation: this.#epoch, instanceId };
  }

  #beat(epoch: number): Promise<HeartbeatAnswer> {
    const { group, instanceId = null, rebalanceTimeoutMs } = this.#settings;
    const owned = [...Map.groupBy(this.#owned, ({ topic }) => topic)]
      .flatMap(([name, some]) => {
        const topicId = this.#cluster.topic(name)?.id;
        const partitions = some.map(({ partition }) => partition);
        return topicId === undefined ? [] : [{ topicId, partitions }];
      });
    return this.#coordinator.ask<HeartbeatAnswer>("ConsumerGroupHeartbeat", [
      group,
      this.#memberId,
      epoch,
      instanceId,
      null,
      rebalanceTimeoutMs,
      this.#topics,
      null,
      null,
      epoch === JOINING ? [] : owned,
    ]);
  }

  #isIn(code: number, said: string | null): boolean {
    switch (errorName(code)) {
      case "FENCED_MEMBER_EPOCH":
      case "UNKNOWN_MEMBER_ID":
        this.#events.lost();
        this.#owned = [];
        this.#epoch = JOINING;
        if (errorName(code) === "UNKNOWN_MEMBER_ID") this.#memberId = "";
        return false;
      case "UNSUPPORTED_VERSION":
        throw new FinalError(
          "kafka.group_protocol_unknown",
          'the brokers don\'t have group_protocol = "consumer"',
          { key: "group_protocol" },
        );
      case "UNRELEASED_INSTANCE_ID":
      case "FENCED_INSTANCE_ID":
        throw new Error(
          `another process joined with instance_id = "${this.#settings.instanceId}"`,
        );
    }
    this.#coordinator.assertDone(
      code,
      `join the group${said ? `: ${said}` : ""}`,
    );
    return true;
  }

  /** The broker names topics by their ids. */
  async #named(
    shares: readonly { topicId: string; partitions: readonly number[] }[],
  ): Promise<PartitionName[]> {
    const isUnknown = shares.some(({ topicId }) =>
      this.#cluster.topicOfId(topicId) === undefined
    );
    if (isUnknown) await this.#cluster.refresh(this.#topics);
    return shares.flatMap(({ topicId, partitions }) => {
      const topic = this.#cluster.topicOfId(topicId)?.name;
      return topic === undefined
        ? []
        : partitions.map((partition) => ({ topic, partition }));
    });
  }
}

interface HeartbeatAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment: {
    readonly topicPartitions: readonly {
      readonly topicId: string;
      readonly partitions: readonly number[];
    }[];
  } | null;
}

function isSame(
  some: readonly PartitionName[],
  others: readonly PartitionName[],
): boolean {
  const keys = new Set(others.map(keyOf));
  return some.length === others.length &&
    some.every((each) => keys.has(keyOf(each)));
}
