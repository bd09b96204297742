/**
 * What of a batch must go in order, and what may go at the same time.
 *
 * A lane is a destination: its messages are sent one after the other, in order, of
 * whatever session. Where the service takes no such batches, because the entity is
 * partitioned, a lane is a destination with one session or partition key. Lanes
 * don't wait for each other, but only so many run at once.
 *
 * @module
 */

import type { ServiceBusMessage } from "@azure/service-bus";

/** One message on its way. */
export interface Outgoing {
  /** Its place in the batch of envelopes. */
  readonly index: number;
  readonly destination: string;
  readonly message: ServiceBusMessage;
}

/** Messages that follow each other. */
export interface Lane {
  readonly destination: string;
  readonly messages: readonly Outgoing[];
}

/**
 * Sorts messages into lanes; each keeps their order.
 *
 * @param isApart Whether this destination's sessions and keys are sent apart.
 */
export function lanesOf(
  messages: readonly Outgoing[],
  isApart: (destination: string) => boolean,
): Lane[] {
  const lanes = new Map<
    string,
    { destination: string; messages: Outgoing[] }
  >();
  for (const outgoing of messages) {
    const { destination, message } = outgoing;
    const { sessionId, partitionKey } = message;
    const name = destination.toLowerCase();
    const key = isApart(name)
      ? JSON.stringify([name, sessionId ?? partitionKey ?? null])
      : name;
    const lane = lanes.get(key);
    if (lane !== undefined) lane.messages.push(outgoing);
    else lanes.set(key, { destination, messages: [outgoing] });
  }
  return [...lanes.values()];
}

/**
 * Runs a function on each item, at most `limit` at once.
 * @throws The first failure, after all that had begun is over.
 */
export async function forEachAtMost<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && failure === undefined) {
      try {
        await work(items[next++]);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  const count = Math.min(limit, items.length);
  await Promise.all(Array.from({ length: count }, worker));
  if (failure !== undefined) throw failure.error;
}
