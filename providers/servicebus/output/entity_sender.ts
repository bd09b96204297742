/**
 * Sends messages to one queue or topic, in order, in batches as large as allowed.
 *
 * Refused as a whole, a batch is sent again in parts, at last one by one, so that the
 * message that can't be taken is found and the others arrive.
 *
 * @module
 */

import type {
  ServiceBusMessage,
  ServiceBusMessageBatch,
  ServiceBusSender,
} from "@azure/service-bus";
import {
  type ConnectionWatch,
  describeFailure,
  failureCode,
  type RetryDeps,
  withRetries,
} from "../../azure/mod.ts";
import { lanesOf, type Outgoing } from "./lanes.ts";

/** How batches are made. */
export interface BatchRules {
  readonly maxBytes: number;
  readonly maxMessages: number;
  readonly oneByOne: boolean;
}

/** What becomes of a message that can't be sent. */
export interface Fates {
  /** It is too large. Another message to send instead, or nothing. */
  oversized(
    outgoing: Outgoing,
    limitBytes: number,
  ): Promise<ServiceBusMessage | undefined>;
  /** The service never takes it. */
  refused(outgoing: Outgoing, reason: string, code: string): void;
}

const TOO_LARGE = "MessageSizeExceeded";

export class EntitySender {
  readonly #sender: ServiceBusSender;
  readonly #rules: BatchRules;
  readonly #retry: RetryDeps;
  readonly #watch: ConnectionWatch;
  readonly #what: string;
  readonly #sendApart: () => void;
  #isOneByOne: boolean;

  /** @param sendApart Told once it is known: one session or key in each batch. */
  constructor(
    sender: ServiceBusSender,
    watch: ConnectionWatch,
    rules: BatchRules,
    sendApart: () => void,
    retry: RetryDeps,
  ) {
    this.#sender = sender;
    this.#watch = watch;
    this.#rules = rules;
    this.#sendApart = sendApart;
    this.#retry = retry;
    this.#isOneByOne = rules.oneByOne;
    this.#what = `send to ${JSON.stringify(sender.entityPath)}`;
  }

  /** Opens the link, so that what is wrong shows early. */
  async open(): Promise<void> {
    await this.#createBatch();
  }

  /**
   * Returns when every message was accepted, or met its fate.
   * @throws What concerns the queue or topic, or lasts too long.
   */
  async send(messages: readonly Outgoing[], fates: Fates): Promise<void> {
    for (let next = 0; next < messages.length;) {
      const batch = await this.#createBatch();
      const most = this.#isOneByOne ? 1 : this.#rules.maxMessages;
      const count = fill(batch, messages, next, most);
      if (count === 0) await this.#sendLarge(messages[next], fates);
      else {
        const some = messages.slice(next, next + count);
        await this.#sendBatch(batch, some, fates);
      }
      next += Math.max(count, 1);
    }
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  async #linkLimitBytes(): Promise<number> {
    const batch = await this.#retried((abortSignal) =>
      this.#sender.createMessageBatch({ abortSignal })
    );
    return batch.maxSizeInBytes;
  }

  /** As large as the link and the rules allow. */
  async #createBatch(): Promise<ServiceBusMessageBatch> {
    return await this.#retried(async (abortSignal) => {
      const batch = await this.#sender.createMessageBatch({ abortSignal });
      const { maxBytes } = this.#rules;
      return batch.maxSizeInBytes <= maxBytes ? batch : await this.#sender
        .createMessageBatch({ abortSignal, maxSizeInBytes: maxBytes });
    });
  }

  async #sendBatch(
    batch: ServiceBusMessageBatch,
    messages: readonly Outgoing[],
    fates: Fates,
  ): Promise<void> {
    try {
      await this.#sendMessages(batch);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (messages.length === 1) {
        return await this.#refuse(messages[0], error, fates);
      }
      await this.#sendParts(messages, fates);
    }
  }

  /** After a batch was refused: each session or key for itself, else one by one. */
  async #sendParts(messages: readonly Outgoing[], fates: Fates): Promise<void> {
    const counting = countingFates(fates);
    const lanes = lanesOf(messages, () => true);
    if (lanes.length > 1) {
      for (const lane of lanes) await this.send(lane.messages, counting);
      // Nothing was wrong with any of them: this entity is partitioned.
      if (counting.count === 0) this.#sendApart();
      return;
    }
    for (const each of messages) await this.#sendAlone(each, counting);
    // Here neither: this entity takes no batches.
    if (counting.count === 0) this.#isOneByOne = true;
  }

  async #sendAlone(outgoing: Outgoing, fates: Fates): Promise<void> {
    try {
      await this.#sendMessages(outgoing.message);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#refuse(outgoing, error, fates);
    }
  }

  /** It fits in no batch; the link may take it alone. */
  async #sendLarge(outgoing: Outgoing, fates: Fates): Promise<void> {
    const limitBytes = await this.#linkLimitBytes();
    // A batch of one needs more room than the message alone.
    if (outgoing.message.body.length <= limitBytes) {
      return await this.#sendAlone(outgoing, fates);
    }
    await this.#replace(outgoing, limitBytes, fates);
  }

  async #refuse(
    outgoing: Outgoing,
    error: unknown,
    fates: Fates,
  ): Promise<void> {
    const code = failureCode(error);
    if (code === TOO_LARGE) {
      return await this.#replace(outgoing, await this.#linkLimitBytes(), fates);
    }
    fates.refused(outgoing, describeFailure(this.#what, error), "refused");
  }

  async #replace(
    outgoing: Outgoing,
    limitBytes: number,
    fates: Fates,
  ): Promise<void> {
    const instead = await fates.oversized(outgoing, limitBytes);
    if (instead === undefined) return;
    try {
      await this.#sendMessages(instead);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const reason = describeFailure(this.#what, error);
      fates.refused(outgoing, reason, "oversize");
    }
  }

  async #sendMessages(
    messages: ServiceBusMessage | ServiceBusMessageBatch,
  ): Promise<void> {
    await withRetries(
      () =>
        this.#watch.runOn(
          () => linkOf(this.#sender),
          this.#retry.signal,
          (abortSignal) => this.#sender.sendMessages(messages, { abortSignal }),
        ),
      this.#retry,
    );
  }

  #retried<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#retry;
    return withRetries(() => this.#watch.run(signal, attempt), this.#retry);
  }
}

/** The same, which also counts. */
function countingFates(fates: Fates): Fates & { count: number } {
  return {
    count: 0,
    oversized(outgoing, limitBytes) {
      this.count++;
      return fates.oversized(outgoing, limitBytes);
    },
    refused(outgoing, reason, code) {
      this.count++;
      fates.refused(outgoing, reason, code);
    },
  };
}

/** Where the client keeps the link it sends on. */
function linkOf(sender: ServiceBusSender): unknown {
  return (sender as unknown as { _sender?: { link?: unknown } })._sender?.link;
}

/** Fills a batch from a place on. @returns How many it took. */
function fill(
  batch: ServiceBusMessageBatch,
  messages: readonly Outgoing[],
  from: number,
  most: number,
): number {
  let count = 0;
  while (count < most && from + count < messages.length) {
    if (!batch.tryAddMessage(messages[from + count].message)) break;
    count++;
  }
  return count;
}

/**
 * What the service says of a message that it never takes. All else is of the
 * queue, of the way there or not known, and no reason to throw a message away.
 */
const REFUSALS = new Set([
  "MessageTooLargeError",
  "InvalidOperationError",
  "ArgumentError",
  "ArgumentOutOfRangeError",
]);

/** Of what was sent, not of the queue, and no matter of time. */
function isRefusal(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code === TOO_LARGE) return true;
  // The client keeps the service's word in its text alone: "ArgumentError: …".
  const word = /^(\w+): /.exec(message ?? "")?.[1];
  return code === "GeneralError" && REFUSALS.has(word ?? "");
}
