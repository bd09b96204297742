/**
 * Messages and the offsets of what they were made of, all of them or none.
 *
 * The transactional id is the name of the one process that writes under it: whoever
 * begins with it fences the one before and ends what that one left open. Brokers check
 * offsets against the member and generation in whose name they come, so what another
 * member has taken over is refused, with everything else in the transaction.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import { withRetries } from "@dstream/sdk/service";
import type { Cluster } from "../connection/cluster.ts";
import type { CommitSource } from "../connection/commit_source.ts";
import { Coordinator } from "../connection/coordinator.ts";
import { forbidden, isTransient } from "../connection/failure.ts";
import {
  commitTopics,
  GroupCoordinator,
  type Place,
} from "../connection/group_coordinator.ts";
import { errorName } from "../connection/protocol_error.ts";
import { retryOf, type RetrySurroundings } from "../connection/retry.ts";
import type { ProducerIdentity } from "../wire/record_batch.ts";
import type { PartitionQueue } from "./partition_queues.ts";
import { IdentityLost, type Producer, type SendContext } from "./producer.ts";

/** The transaction before is being ended: a matter of milliseconds. */
const CONCURRENT_PAUSE_MS = 5;
/** A topic that the brokers don't know may come with newer metadata. */
const MISSING_MS = 15_000;
/** This one was left out, as another one was refused. */
const NOT_ATTEMPTED = 55;

/** How it writes. */
export interface TransactionOptions {
  readonly transactionalId: string;
  readonly transactionTimeout: number;
  readonly retryTimeout: number;
}

/** Offsets that go with the messages. */
export interface Commit {
  readonly source: CommitSource;
  readonly places: readonly Place[];
}

/** One name, and one transaction after another. */
export class Transactions {
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #options: TransactionOptions;
  readonly #coordinator: Coordinator;
  readonly #groups = new Map<string, GroupCoordinator>();
  #identity: ProducerIdentity | undefined;
  #isOpen = false;

  constructor(
    cluster: Cluster,
    producer: Producer,
    options: TransactionOptions,
  ) {
    this.#cluster = cluster;
    this.#producer = producer;
    this.#options = options;
    const { transactionalId } = options;
    this.#coordinator = new Coordinator(
      cluster,
      "transaction",
      transactionalId,
    );
  }

  /** The broker of a group, which knows what is committed. */
  group(name: string): GroupCoordinator {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new GroupCoordinator(this.#cluster, name);
      this.#groups.set(name, group);
    }
    return group;
  }

  /**
   * Fences whoever wrote under the name before.
   * @throws {BrokerError} Transient ones too.
   */
  async begin(): Promise<void> {
    const { transactionalId, transactionTimeout } = this.#options;
    const { errorCode, producerId, producerEpoch } = await this.#coordinator
      .ask<{ errorCode: number; producerId: bigint; producerEpoch: number }>(
        "InitProducerId",
        [transactionalId, transactionTimeout],
      );
    this.#assertDone(errorCode, "begin to write in transactions");
    this.#identity = { id: producerId, epoch: producerEpoch };
    this.#producer.become(this.#identity);
  }

  /**
   * One transaction.
   *
   * @param commitOf Asked for when the messages are there; undefined: no offsets.
   * @returns false: the offsets were refused as others have taken over, and nothing
   *   of it is there.
   * @throws {FinalError} `kafka.fenced`: another process writes under the name.
   */
  async run(
    queues: readonly PartitionQueue[],
    commitOf: () => Commit | undefined,
    context: SendContext,
  ): Promise<boolean> {
    const startMs = context.monotonicMs();
    try {
      return await this.#run(queues, commitOf, context);
    } catch (error) {
      if (!(error instanceof IdentityLost)) throw error;
      this.#isOpen = false;
      throw this.#lost(error, context.monotonicMs() - startMs);
    }
  }

  /** What is open is given up, so that readers need not wait for its end. */
  async close(): Promise<void> {
    if (this.#isOpen) await this.#end(false).catch(() => {});
  }

  async #run(
    queues: readonly PartitionQueue[],
    commitOf: () => Commit | undefined,
    context: SendContext,
  ): Promise<boolean> {
    const pending = queues.filter(({ chunks }) => chunks.length > 0);
    const insist = this.#insisting(context);
    if (pending.length > 0) {
      this.#isOpen = true;
      await insist(() => this.#addPartitions(pending));
      await this.#producer.send(pending, context);
    }
    const commit = commitOf();
    if (commit !== undefined) {
      this.#isOpen = true;
      await insist(() => this.#addGroup(commit.source));
      if (!await insist(() => this.#commitOffsets(commit))) {
        await insist(() => this.#end(false));
        return false;
      }
    }
    if (this.#isOpen) await insist(() => this.#end(true));
    return true;
  }

  /** Each request until it is answered: all of them may be sent twice. */
  #insisting(context: RetrySurroundings) {
    const { retryTimeout } = this.#options;
    const startMs = context.monotonicMs();
    const isMissing = (error: unknown) =>
      (error as { id?: string }).id === "UNKNOWN_TOPIC_OR_PARTITION" &&
      context.monotonicMs() - startMs > MISSING_MS;
    return <T>(attempt: () => Promise<T>) =>
      withRetries(attempt, {
        ...retryOf(context, retryTimeout),
        isTransient: (error) => isTransient(error) && !isMissing(error),
        firstDelayMs: (error) =>
          (error as { id?: string }).id === "CONCURRENT_TRANSACTIONS"
            ? CONCURRENT_PAUSE_MS
            : undefined,
      });
  }

  get #who(): [id: string, producerId: bigint, epoch: number] {
    const { id, epoch } = this.#identity!;
    return [this.#options.transactionalId, id, epoch];
  }

  async #addPartitions(queues: readonly PartitionQueue[]): Promise<void> {
    const [transactionalId, producerId, producerEpoch] = this.#who;
    const topics = [...Map.groupBy(queues, ({ topic }) => topic)]
      .map(([name, some]) => ({
        name,
        partitions: some.map(({ partition }) => partition),
      }));
    const { resultsByTransaction: [{ topicResults }] } = await this.#coordinator
      .ask<AddPartitionsAnswer>("AddPartitionsToTxn", [
        [{
          transactionalId,
          producerId,
          producerEpoch,
          verifyOnly: false,
          topics,
        }],
      ]);
    for (const { name, resultsByPartition } of topicResults) {
      for (const { partitionErrorCode: code } of resultsByPartition) {
        if (code === NOT_ATTEMPTED) continue;
        if (errorName(code) === "TOPIC_AUTHORIZATION_FAILED") {
          throw forbidden("write to", `the topic ${JSON.stringify(name)}`);
        }
        this.#assertDone(code, `write to the topic ${JSON.stringify(name)}`);
      }
    }
  }

  async #addGroup({ group }: CommitSource): Promise<void> {
    const { errorCode } = await this.#coordinator.ask<Answer>(
      "AddOffsetsToTxn",
      [...this.#who, group],
    );
    this.#assertDone(errorCode, `commit for the group ${group}`, group);
  }

  /** @returns false: others have taken over. */
  async #commitOffsets({ source, places }: Commit): Promise<boolean> {
    const { group, generation, member, instance } = source;
    const [transactionalId, producerId, producerEpoch] = this.#who;
    const coordinator = this.group(group);
    const { topics } = await coordinator.ask<OffsetsAnswer>("TxnOffsetCommit", [
      transactionalId,
      group,
      producerId,
      producerEpoch,
      generation,
      member,
      instance,
      commitTopics(places),
    ]);
    for (const { partitions } of topics) {
      for (const { errorCode } of partitions) {
        if (PASSED.has(errorName(errorCode))) return false;
        coordinator.heed(errorCode);
        this.#assertDone(errorCode, `commit for the group ${group}`, group);
      }
    }
    return true;
  }

  async #end(isCommit: boolean): Promise<void> {
    const { errorCode } = await this.#coordinator.ask<Answer>(
      "EndTxn",
      [...this.#who, isCommit],
    );
    this.#assertDone(errorCode, "end a transaction");
    this.#isOpen = false;
  }

  #assertDone(code: number, what: string, group?: string): void {
    const error = errorName(code);
    const { transactionalId } = this.#options;
    if (IDENTITY_LOST.has(error)) throw new IdentityLost(code, what);
    switch (error) {
      case "TRANSACTIONAL_ID_AUTHORIZATION_FAILED":
        throw forbidden(
          "use",
          `the transactional id ${JSON.stringify(transactionalId)}`,
        );
      case "GROUP_AUTHORIZATION_FAILED":
        throw forbidden("use", `the group ${JSON.stringify(group)}`);
      case "INVALID_TRANSACTION_TIMEOUT":
        throw new FinalError(
          "kafka.transaction_timeout_invalid",
          "the brokers don't allow this transaction_timeout " +
            "(transaction.max.timeout.ms)",
          { key: "transaction_timeout" },
        );
    }
    this.#coordinator.assertDone(code, what);
  }

  /** Brokers say the same of a process that was too slow. */
  #lost(error: IdentityLost, tookMs: number): Error {
    const { transactionalId, transactionTimeout } = this.#options;
    if (!FENCED.has(error.id)) return error;
    if (tookMs >= transactionTimeout) {
      return new Error(
        "the transaction was not ended within transaction_timeout, and the " +
          "brokers gave it up; it begins anew",
      );
    }
    return new FinalError(
      "kafka.fenced",
      `another process writes with transactional_id = "${transactionalId}", ` +
        "and the brokers take nothing from this one any more",
      {
        key: "transactional_id",
        hint: "stop one of them, or give each its own transactional_id",
      },
    );
  }
}

/** What brokers say of the offsets of a member that is none any more. */
const PASSED: ReadonlySet<string> = new Set([
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "FENCED_INSTANCE_ID",
  "FENCED_MEMBER_EPOCH",
  "STALE_MEMBER_EPOCH",
]);

const FENCED: ReadonlySet<string> = new Set([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
]);

const IDENTITY_LOST: ReadonlySet<string> = new Set([
  ...FENCED,
  "INVALID_PRODUCER_ID_MAPPING",
  "INVALID_TXN_STATE",
]);

interface Answer {
  readonly errorCode: number;
}

interface AddPartitionsAnswer {
  readonly resultsByTransaction: readonly {
    readonly topicResults: readonly {
      readonly name: string;
      readonly resultsByPartition: readonly {
        readonly partitionErrorCode: number;
      }[];
    }[];
  }[];
}

interface OffsetsAnswer {
  readonly topics: readonly {
    readonly partitions: readonly Answer[];
  }[];
}
