/**
 * Who gets which partition in a classic group, as Java's assignors say; the leader of
 * a group works it out for all of its members.
 *
 * Source: org.apache.kafka.clients.consumer.RangeAssignor and RoundRobinAssignor.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { PartitionName } from "../../connection/offsets.ts";
import { ByteWriter } from "../../wire/byte_writer.ts";

/** A member and the topics it wants. */
export interface Subscriber {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
}

type Counts = ReadonlyMap<string, number>;
type Shares = Map<string, PartitionName[]>;

/** By the name that the members agree on. */
export const ASSIGNORS: Readonly<
  Record<string, (subscribers: readonly Subscriber[], counts: Counts) => Shares>
> = { range: assignRange, roundrobin: assignRoundRobin };

/** Of each topic a run of partitions to each member, the first ones one more. */
export function assignRange(
  subscribers: readonly Subscriber[],
  counts: Counts,
): Shares {
  const shares = emptyShares(subscribers);
  for (const [topic, count] of counts) {
    const takers = inOrder(subscribers)
      .filter(({ topics }) => topics.includes(topic));
    takers.forEach(({ memberId }, index) => {
      const each = Math.floor(count / takers.length);
      const extra = count % takers.length;
      const from = each * index + Math.min(index, extra);
      const to = from + each + (index < extra ? 1 : 0);
      for (let partition = from; partition < to; partition++) {
        shares.get(memberId)!.push({ topic, partition });
      }
    });
  }
  return shares;
}

/** All partitions one after the other, to each member in turn. */
export function assignRoundRobin(
  subscribers: readonly Subscriber[],
  counts: Counts,
): Shares {
  const shares = emptyShares(subscribers);
  const members = inOrder(subscribers);
  let next = 0;
  for (const topic of [...counts.keys()].sort()) {
    for (let partition = 0; partition < counts.get(topic)!; partition++) {
      if (!members.some(({ topics }) => topics.includes(topic))) break;
      while (!members[next % members.length].topics.includes(topic)) next++;
      const { memberId } = members[next++ % members.length];
      shares.get(memberId)!.push({ topic, partition });
    }
  }
  return shares;
}

/** What a member says it wants; version 0, as nothing newer is needed. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  const writer = new ByteWriter().int16(0).int32(topics.length);
  for (const topic of topics) writer.string(topic);
  return writer.bytes32(null).bytes;
}

/** @returns The topics that a member wants. */
export function decodeSubscription(bytes: Uint8Array): string[] {
  const text = new Texts(bytes, 2);
  return Array.from({ length: text.int32() }, () => text.string());
}

export function encodeAssignment(partitions: readonly PartitionName[]): Buffer {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const writer = new ByteWriter().int16(0).int32(byTopic.size);
  for (const [topic, some] of byTopic) {
    writer.string(topic).int32(some.length);
    for (const { partition } of some) writer.int32(partition);
  }
  return writer.bytes32(null).bytes;
}

export function decodeAssignment(bytes: Uint8Array): PartitionName[] {
  if (bytes.length <= 2) return [];
  const reader = new Texts(bytes, 2);
  const partitions: PartitionName[] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.string();
    for (let count = reader.int32(); count > 0; count--) {
      partitions.push({ topic, partition: reader.int32() });
    }
  }
  return partitions;
}

function emptyShares(subscribers: readonly Subscriber[]): Shares {
  return new Map(subscribers.map(({ memberId }) => [memberId, []]));
}

/** Members with a fixed name keep their place. */
function inOrder(subscribers: readonly Subscriber[]): Subscriber[] {
  const name = ({ instanceId, memberId }: Subscriber) =>
    instanceId ?? `\uffff${memberId}`;
  return subscribers.toSorted((a, b) => name(a) < name(b) ? -1 : 1);
}

class Texts {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = from;
  }

  int32(): number {
    return this.#bytes.readInt32BE((this.#at += 4) - 4);
  }

  string(): string {
    const size = this.#bytes.readInt16BE((this.#at += 2) - 2);
    return this.#bytes.toString("utf8", this.#at, this.#at += size);
  }
}
