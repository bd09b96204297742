/**
 * The broker that keeps a group: asked for offsets, told of them.
 *
 * @module
 */

import type { Cluster } from "./cluster.ts";
import { Coordinator } from "./coordinator.ts";
import { forbidden } from "./failure.ts";
import { keyOf, type PartitionName } from "./offsets.ts";
import { errorName } from "./protocol_error.ts";

/** Who commits: brokers refuse a member of an earlier generation. */
export interface Member {
  readonly memberId: string;
  /** The generation of a classic group, the member's epoch of the newer protocol. */
  readonly generation: number;
  readonly instanceId: string | null;
}

/** A partition's place. */
export interface Place extends PartitionName {
  /** Of the next message. */
  readonly offset: number;
}

/** Finds and asks it. */
export class GroupCoordinator extends Coordinator {
  readonly #group: string;

  constructor(cluster: Cluster, group: string) {
    super(cluster, "group", group);
    this.#group = group;
  }

  /** @throws {FinalError} Also for a missing right. */
  override assertDone(code: number, what: string): void {
    if (errorName(code) === "GROUP_AUTHORIZATION_FAILED") {
      throw forbidden("use", `the group ${JSON.stringify(this.#group)}`);
    }
    super.assertDone(code, what);
  }

  /** What was committed, by `topic/partition`; what never was isn't there. */
  async committed(
    partitions: readonly PartitionName[],
  ): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    if (partitions.length === 0) return found;
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)]
      .map(([name, some]) => ({
        name,
        partitionIndexes: some.map(({ partition }) => partition),
      }));
    const group = {
      groupId: this.#group,
      memberId: null,
      memberEpoch: -1,
      topics,
    };
    const { groups: [answer] } = await this.ask<OffsetFetchAnswer>(
      "OffsetFetch",
      [[group], true],
    );
    this.assertDone(answer.errorCode, "ask what is committed");
    for (const { name: topic, partitions } of answer.topics) {
      for (const { partitionIndex, committedOffset, errorCode } of partitions) {
        if (/TOPIC_AUTH/.test(errorName(errorCode))) {
          throw forbidden("read", `the topic ${JSON.stringify(topic)}`);
        }
        this.assertDone(errorCode, "ask what is committed");
        const offset = Number(committedOffset);
        const key = keyOf({ topic, partition: partitionIndex });
        if (offset >= 0) found.set(key, offset);
      }
    }
    return found;
  }

  /**
   * Commits in the name of a member: refused where others have taken over.
   * @returns What the broker says of each, by `topic/partition`; 0: done.
   */
  async commit(
    { memberId, generation, instanceId }: Member,
    places: readonly Place[],
  ): Promise<Map<string, number>> {
    const topics = commitTopics(places);
    const answer = await this.ask<OffsetCommitAnswer>(
      "OffsetCommit",
      [this.#group, generation, memberId, instanceId, topics],
    );
    const codes = new Map<string, number>();
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        this.heed(errorCode);
        codes.set(keyOf({ topic: name, partition: partitionIndex }), errorCode);
      }
    }
    return codes;
  }
}

/** As both requests that commit want them. */
export function commitTopics(places: readonly Place[]) {
  return [...Map.groupBy(places, ({ topic }) => topic)]
    .map(([name, some]) => ({
      name,
      partitions: some.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: "",
      })),
    }));
}

interface OffsetFetchAnswer {
  readonly groups: readonly {
    readonly errorCode: number;
    readonly topics: readonly {
      readonly name: string;
      readonly partitions: readonly {
        readonly partitionIndex: number;
        readonly committedOffset: bigint;
        readonly errorCode: number;
      }[];
    }[];
  }[];
}

interface OffsetCommitAnswer {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly errorCode: number;
    }[];
  }[];
}
