/**
 * The broker that keeps a group: asked for offsets, told of them.
 *
 * @module
 */

import type { Cluster, Purpose } from "../../connection/cluster.ts";
import { forbidden, isTransient } from "../../connection/failure.ts";
import { keyOf, type PartitionName } from "../../connection/offsets.ts";
import { BrokerError, errorName } from "../../connection/protocol_error.ts";
import type { Member } from "./membership.ts";

const GROUP_KEY = 0;

/** A partition's place. */
export interface Place extends PartitionName {
  /** Of the next message. */
  readonly offset: number;
}

/** Finds and asks it. */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #group: string;
  #broker: number | undefined;

  constructor(cluster: Cluster, group: string) {
    this.#cluster = cluster;
    this.#group = group;
  }

  /**
   * One request; the answer may say what is wrong.
   * @throws Where it can't be reached; it is looked for anew then.
   */
  async ask<T>(
    name: string,
    args: readonly unknown[],
    purpose: Purpose = "control",
  ): Promise<T> {
    try {
      const broker = this.#broker ??= await this.#find();
      return await this.#cluster.ask<T>(broker, name, args, purpose);
    } catch (error) {
      if (isTransient(error)) this.#broker = undefined;
      throw error;
    }
  }

  /**
   * Says what an error code means.
   * @throws {BrokerError} Unless it is 0.
   * @throws {FinalError} For a missing right.
   */
  assertDone(code: number, what: string): void {
    const error = errorName(code);
    if (/COORDINATOR/.test(error)) this.#broker = undefined;
    if (error === "GROUP_AUTHORIZATION_FAILED") {
      throw forbidden("use", `the group ${JSON.stringify(this.#group)}`);
    }
    if (code !== 0) throw new BrokerError(code, what);
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
    const topics = [...Map.groupBy(places, ({ topic }) => topic)]
      .map(([name, some]) => ({
        name,
        partitions: some.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: "",
        })),
      }));
    const answer = await this.ask<OffsetCommitAnswer>(
      "OffsetCommit",
      [this.#group, generation, memberId, instanceId, topics],
    );
    const codes = new Map<string, number>();
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (/COORDINATOR/.test(errorName(errorCode))) this.#broker = undefined;
        codes.set(keyOf({ topic: name, partition: partitionIndex }), errorCode);
      }
    }
    return codes;
  }

  async #find(): Promise<number> {
    const { coordinators: [found] } = await this.#cluster.ask<{
      coordinators: { nodeId: number; errorCode: number }[];
    }>("any", "FindCoordinator", [GROUP_KEY, [this.#group]]);
    this.assertDone(found.errorCode, "find the group's broker");
    if (!this.#cluster.brokerIds.includes(found.nodeId)) {
      await this.#cluster.refresh([]);
    }
    return found.nodeId;
  }
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
