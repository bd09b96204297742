/**
 * Sends batches so that each is in its partition once and in order.
 *
 * A partition has one batch on its way at a time, with a sequence number that only
 * moves on when it was appended. So a batch whose answer was lost is sent again as it
 * was, and the broker knows it by its number. Where the broker has lost that
 * knowledge, or another process took the identity over, the process ends: the replay
 * goes on with a new identity.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import type { Cluster } from "../connection/cluster.ts";
import { forbidden, isTransient, reasonOf } from "../connection/failure.ts";
import { BrokerError, errorName } from "../connection/protocol_error.ts";
import { produce, type Sent } from "../wire/produce_request.ts";
import { type ProducerIdentity, stamp } from "../wire/record_batch.ts";
import type { Chunk, PartitionQueue } from "./partition_queues.ts";

const MOST_SEQUENCE = 0x7fff_ffff;
const FIRST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 5000;
/** A topic that is gone may come back with newer metadata, but not after this. */
const MISSING_MS = 15_000;
const NO_TRANSACTION_MS = 60_000;

/** What the producer needs to know and to say. */
export interface ProducerOptions {
  /** Where it writes in transactions, which others begin and end. */
  readonly transactionalId?: string;
  readonly requestBytes: number;
  readonly requestTimeout: number;
  readonly retryTimeout: number;
}

/** What surrounds one call of {@link Producer.send}. */
export interface SendContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  sleep(delayMs: number): Promise<void>;
  monotonicMs(): number;
  /** Both halves of what was refused for its size. */
  split(chunk: Chunk): Chunk[];
  /** Only this message can't be delivered. */
  refused(chunk: Chunk, reason: string, code: string): void;
}

/** The brokers no longer know what this process has written. */
export class IdentityLost extends BrokerError {
  constructor(code: number, what: string) {
    super(
      code,
      what,
      "the brokers no longer know what this process has written, or another " +
        "one took its place; it begins anew",
    );
  }
}

/** One identity, and what it has sent. */
export class Producer {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;
  readonly #sequences = new Map<string, number>();
  #identity: ProducerIdentity | undefined;

  constructor(cluster: Cluster, options: ProducerOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Gets its identity. @throws {BrokerError} Transient ones too. */
  async begin(): Promise<void> {
    const { errorCode, producerId, producerEpoch } = await this.#cluster.ask<{
      readonly errorCode: number;
      readonly producerId: bigint;
      readonly producerEpoch: number;
    }>("any", "InitProducerId", [null, NO_TRANSACTION_MS]);
    if (/AUTHORIZATION/.test(errorName(errorCode))) {
      throw forbidden("write idempotently to", "any topic");
    }
    if (errorCode !== 0) throw new BrokerError(errorCode, "begin to produce");
    this.become({ id: producerId, epoch: producerEpoch });
  }

  /** Another identity counts from 0. */
  become(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#sequences.clear();
  }

  /**
   * Sends all of it; what can't be delivered is told and left out.
   * @throws When the brokers were away for too long, or the identity is lost.
   */
  async send(
    queues: readonly PartitionQueue[],
    context: SendContext,
  ): Promise<void> {
    let pending = queues.filter(({ chunks }) => chunks.length > 0);
    let failures = 0;
    let progressMs = context.monotonicMs();
    while (pending.length > 0) {
      const outcome = await this.#round(pending, context);
      pending = pending.filter(({ chunks }) => chunks.length > 0);
      if (outcome.hasProgress) {
        failures = 0;
        progressMs = context.monotonicMs();
      }
      if (outcome.trouble === undefined || pending.length === 0) continue;
      const waitedMs = context.monotonicMs() - progressMs;
      this.#giveUp(outcome.trouble, waitedMs, context.signal);
      await this.#pause(++failures, outcome.trouble, pending, context);
    }
  }

  /** The first batch of every partition, to all leaders at once. */
  async #round(
    pending: readonly PartitionQueue[],
    context: SendContext,
  ): Promise<Outcome> {
    const outcome = new Outcome();
    const byLeader = Map.groupBy(
      pending,
      ({ topic, partition }) =>
        this.#cluster.topic(topic)?.leaders[partition] ?? -1,
    );
    const sends = [...byLeader].flatMap(([leader, queues]) =>
      leader < 0
        ? (outcome.trouble = new BrokerError(5, `find the leader`), [])
        : [this.#sendTo(leader, queues, outcome, context)]
    );
    await Promise.all(sends);
    return outcome;
  }

  async #sendTo(
    leader: number,
    queues: readonly PartitionQueue[],
    outcome: Outcome,
    context: SendContext,
  ): Promise<void> {
    for (const request of requestsOf(queues, this.#options.requestBytes)) {
      try {
        const sent = await this.#request(leader, request);
        for (const one of sent) this.#take(one, request, outcome, context);
      } catch (error) {
        if (!isTransient(error)) throw error;
        outcome.trouble = error;
        return;
      }
    }
  }

  async #request(
    leader: number,
    queues: readonly PartitionQueue[],
  ): Promise<Sent[]> {
    const { library } = this.#cluster;
    const { transactionalId = null } = this.#options;
    for (const queue of queues) {
      const sequence = this.#sequences.get(nameOf(queue)) ?? 0;
      stamp(
        library,
        queue.chunks[0].sealed,
        this.#identity!,
        sequence,
        transactionalId !== null,
      );
    }
    const connection = await this.#cluster.connection(leader, "produce");
    return await produce(
      library,
      connection,
      queues.map(({ topic, partition, chunks }) => ({
        topic,
        partition,
        bytes: chunks[0].sealed.bytes,
      })),
      {
        version: this.#cluster.maxVersion("Produce"),
        timeoutMs: this.#options.requestTimeout,
        transactionalId,
      },
    );
  }

  /** What the broker says of one batch. */
  #take(
    sent: Sent,
    queues: readonly PartitionQueue[],
    outcome: Outcome,
    context: SendContext,
  ): void {
    const queue = queues.find(({ topic, partition }) =>
      topic === sent.topic && partition === sent.partition
    )!;
    const error = errorName(sent.errorCode);
    // It has it already: the answer to an earlier attempt was lost.
    if (sent.errorCode === 0 || error === "DUPLICATE_SEQUENCE_NUMBER") {
      this.#appended(queue);
      outcome.hasProgress = true;
    } else if (MAY_BE_ONE_MESSAGE.has(error)) {
      const [chunk] = queue.chunks;
      const parts = chunk.messages.length > 1 ? context.split(chunk) : [];
      queue.chunks.splice(0, 1, ...parts);
      if (parts.length === 0) {
        context.refused(
          chunk,
          `the topic ${JSON.stringify(sent.topic)} refuses the message: ` +
            (sent.message ?? error),
          error === "INVALID_RECORD" ? "invalid" : error.toLowerCase(),
        );
      }
      outcome.hasProgress = true;
    } else outcome.trouble = this.#failure(sent, error);
  }

  /** @throws What can't be tried again. */
  #failure({ topic, errorCode, message }: Sent, error: string): BrokerError {
    const what = `write to the topic ${JSON.stringify(topic)}`;
    if (/AUTHORIZATION/.test(error)) {
      throw forbidden("write to", `the topic ${JSON.stringify(topic)}`);
    }
    const failure = new BrokerError(errorCode, what, message);
    // The second is Event Hubs' word for a request that it held back too long.
    if (failure.isTransient || error === "POLICY_VIOLATION") return failure;
    throw IDENTITY_LOST.has(error)
      ? new IdentityLost(errorCode, what)
      : failure;
  }

  #appended(queue: PartitionQueue): void {
    const { sealed: { count } } = queue.chunks.shift()!;
    const sequence = this.#sequences.get(nameOf(queue)) ?? 0;
    const next = sequence + count;
    this.#sequences.set(
      nameOf(queue),
      next > MOST_SEQUENCE ? next - MOST_SEQUENCE - 1 : next,
    );
  }

  #giveUp(trouble: unknown, waitedMs: number, signal: AbortSignal): void {
    const isMissing = trouble instanceof BrokerError &&
      trouble.id === "UNKNOWN_TOPIC_OR_PARTITION";
    if (isMissing && waitedMs > MISSING_MS) {
      throw new FinalError(
        "kafka.topic_missing",
        `${trouble.message}: it was removed`,
      );
    }
    const isLate = waitedMs > this.#options.retryTimeout;
    if (!isLate && !signal.aborted) return;
    throw new Error(`cannot write to Kafka: ${reasonOf(trouble)}`);
  }

  async #pause(
    failures: number,
    trouble: unknown,
    pending: readonly PartitionQueue[],
    { sleep, log, signal }: SendContext,
  ): Promise<void> {
    const delayMs = Math.round(
      Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MOST_PAUSE_MS) *
        (0.8 + 0.4 * Math.random()),
    );
    const say = failures > 2 ? log.warn : log.debug;
    say.call(log, `cannot write to Kafka: ${reasonOf(trouble)}; trying again`, {
      attempt: failures,
      delay_ms: delayMs,
    });
    await sleep(delayMs);
    if (signal.aborted) return;
    const topics = new Set(pending.map(({ topic }) => topic));
    await this.#cluster.refresh([...topics]).catch((error) => {
      if (!isTransient(error)) throw error;
    });
  }
}

/** How a round went. */
class Outcome {
  hasProgress = false;
  /** Why something of it has to be sent again. */
  trouble: unknown;
}

/** The batch is refused; a part of it may not be. It has no number yet. */
const MAY_BE_ONE_MESSAGE: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
]);

const IDENTITY_LOST: ReadonlySet<string> = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_ID_MAPPING",
  "INVALID_TXN_STATE",
]);

function nameOf({ topic, partition }: PartitionQueue): string {
  return `${topic}/${partition}`;
}

/** No request is larger than the brokers take. */
function* requestsOf(
  queues: readonly PartitionQueue[],
  mostBytes: number,
): Generator<PartitionQueue[]> {
  let request: PartitionQueue[] = [];
  let bytes = 0;
  for (const queue of queues) {
    const size = queue.chunks[0].sealed.bytes.length;
    if (request.length > 0 && bytes + size > mostBytes) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(queue);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
