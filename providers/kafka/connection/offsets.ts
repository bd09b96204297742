/**
 * Where partitions begin and end, and what was at a time.
 *
 * @module
 */

import type { Cluster } from "./cluster.ts";
import { forbidden } from "./failure.ts";
import { BrokerError, errorName } from "./protocol_error.ts";

/** A partition by name. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** In a request: the first there is, or behind the last. */
export const EARLIEST = -2;
export const LATEST = -1;

const CONSUMER = -1;
const COMMITTED = 1;
const UNCOMMITTED = 0;

interface Answer {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly errorCode: number;
      readonly offset: bigint;
    }[];
  }[];
}

/**
 * The offset of each partition at a time.
 *
 * @param timeMs Milliseconds since 1970, or {@link EARLIEST} or {@link LATEST}.
 * @param isCommittedOnly LATEST is then behind the last that may be read.
 * @returns By `topic/partition`; -1: there is nothing since that time.
 * @throws {BrokerError} Transient ones too.
 */
export async function offsetsAt(
  cluster: Cluster,
  partitions: readonly PartitionName[],
  timeMs: number,
  isCommittedOnly: boolean,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const byLeader = Map.groupBy(
    partitions,
    ({ topic, partition }) => cluster.topic(topic)?.leaders[partition] ?? -1,
  );
  for (const [leader, names] of byLeader) {
    if (leader < 0) throw new BrokerError(5, "find the leader");
    const topics = [...Map.groupBy(names, ({ topic }) => topic)]
      .map(([name, some]) => ({
        name,
        partitions: some.map(({ partition }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: -1,
          timestamp: BigInt(timeMs),
        })),
      }));
    const isolation = isCommittedOnly ? COMMITTED : UNCOMMITTED;
    const answer = await cluster.ask<Answer>(leader, "ListOffsets", [
      CONSUMER,
      isolation,
      topics,
    ]);
    collect(answer, found);
  }
  return found;
}

function collect({ topics }: Answer, found: Map<string, number>): void {
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      if (/AUTHORIZATION/.test(errorName(errorCode))) {
        throw forbidden("read", `the topic ${JSON.stringify(name)}`);
      }
      if (errorCode !== 0) {
        throw new BrokerError(errorCode, `ask where ${name} begins and ends`);
      }
      found.set(
        keyOf({ topic: name, partition: partitionIndex }),
        Number(offset),
      );
    }
  }
}

/** `orders/3` */
export function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}
