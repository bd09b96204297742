/**
 * Receives messages, completes those that were delivered.
 *
 * Where they come from is queue_source.ts and session_source.ts, what they become
 * envelope_line.ts; this is their way: received and locked, handed over, settled.
 *
 * @module
 */

import type { ServiceBusClient } from "@azure/service-bus";
import {
  ConfigError,
  FinalError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type Logger,
  type OpenContext,
} from "@dstream/sdk";
import { within } from "@dstream/sdk/service";
import {
  CLAIM_PROPERTY,
  ClaimStore,
  ConnectionWatch,
  describeFailure,
  failureCode,
  openServiceBus,
  withRetries,
} from "../../azure/mod.ts";
import { type ServiceBusConfig, sourceName } from "./config.ts";
import { BodyProblem, envelopeLine } from "./envelope_line.ts";
import { Inbox } from "./inbox.ts";
import { LockKeeper } from "./lock_keeper.ts";
import { assertSource, QueueSource } from "./queue_source.ts";
import { SessionSource } from "./session_source.ts";
import { Settler } from "./settler.ts";
import type { Events, Received, Source } from "./source.ts";

/** Handed over at once. */
const MOST_MESSAGES = 500;
const MOST_CHARACTERS = 1024 * 1024;
/** How often it looks whether it is to end. */
const LOOK_MS = 100;
/** How long the last completions may take at the end. */
const LAST_SETTLE_MS = 2500;
const CLAIM_TIMEOUT_MS = 60_000;

const encoder = new TextEncoder();

export class ServiceBusInput implements Input {
  readonly #config: ServiceBusConfig;
  readonly #client: ServiceBusClient;
  readonly #claims: ClaimStore | undefined;
  readonly #log: Logger;
  readonly #name: string;
  readonly #inbox = new Inbox<Received>();
  readonly #unsettled = new Set<Received>();
  /** Those of them that the service is being told of. */
  readonly #settling = new Set<Received>();
  readonly #locks: LockKeeper;
  readonly #settler: Settler;
  #source: Source | undefined;
  #hasSessions = false;
  #isStopping = false;
  #lastMs = performance.now();
  #failure: Error | undefined;
  #hasWarnedOfClaims = false;

  private constructor(
    config: ServiceBusConfig,
    client: ServiceBusClient,
    claims: ClaimStore | undefined,
    log: Logger,
  ) {
    this.#config = config;
    this.#client = client;
    this.#claims = claims;
    this.#log = log;
    this.#name = sourceName(config);
    this.#locks = new LockKeeper(config.lockRenewal, log);
    this.#settler = new Settler(
      log,
      new ConnectionWatch(client),
      (received) => this.#settled(received),
    );
  }

  /** @throws {ConfigError} When there is nothing to receive from. */
  static async open(
    config: ServiceBusConfig,
    { signal, log }: OpenContext,
  ): Promise<ServiceBusInput> {
    const { claimCheck, clientId } = config;
    const claims = claimCheck === undefined
      ? undefined
      : await ClaimStore.open(claimCheck, clientId, signal);
    const client = await openServiceBus(config);
    const input = new ServiceBusInput(config, client, claims, log);
    try {
      input.#source ??= await input.#openSource();
      return input;
    } catch (error) {
      await input.close();
      throw input.#told(error);
    }
  }

  async *read(
    _resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch> {
    const { maxCount } = this.#config;
    let left = maxCount === 0 ? Infinity : maxCount;
    this.#lastMs = performance.now();
    while (!context.signal.aborted && left > 0) {
      await this.#inbox.wait(LOOK_MS, context.signal);
      if (this.#failure !== undefined) throw this.#failure;
      const taken = this.#inbox.take(Math.min(left, MOST_MESSAGES))
        .filter((received) => this.#isOurs(received));
      left -= taken.length;
      if (taken.length > 0) yield* this.#batches(taken, context);
      else if (this.#isIdle()) break;
    }
    await this.#stop();
  }

  async close(): Promise<void> {
    await this.#stop();
    // What was delivered is completed before the connection goes.
    const untouched = (received: Received) => !this.#settling.has(received);
    this.#giveBack([...this.#unsettled].filter(untouched));
    await within(LAST_SETTLE_MS, this.#settler.idle());
    this.#locks.close();
    await within(LAST_SETTLE_MS, this.#source?.close() ?? Promise.resolve());
    await within(LAST_SETTLE_MS, this.#client.close());
  }

  async #openSource(): Promise<Source> {
    if (this.#config.sessions === "on") {
      await assertSource(this.#client, this.#config);
      return this.#openSessions();
    }
    return await QueueSource
      .open(this.#client, this.#config, this.#events, this.#log);
  }

  #openSessions(): Source {
    this.#hasSessions = true;
    return new SessionSource(
      this.#client,
      this.#config,
      this.#events,
      this.#log,
    );
  }

  readonly #events: Events = {
    received: (received) => this.#received(received),
    failed: (error) => this.#failure ??= error,
    sessionsNeeded: () => {
      if (this.#isStopping) return;
      if (this.#config.sessions === "auto") {
        this.#source = this.#openSessions();
      } else {
        const text = `${this.#name} has sessions`;
        this.#failure ??= new ConfigError("sessions", text, 'leave it "auto"');
      }
    },
  };

  #received(received: Received): void {
    this.#lastMs = performance.now();
    this.#unsettled.add(received);
    if (!this.#hasSessions) this.#locks.add(received);
    if (this.#isStopping) this.#giveBack([received]);
    else this.#inbox.add(received);
  }

  /** One whose session or lock was lost meanwhile comes again. */
  #isOurs(received: Received): boolean {
    if (received.lockedUntilMs <= performance.now()) {
      received.isLost = true;
      this.#settler.lose(
        received,
        "its lock ran out before it was handed over",
      );
    } else if (received.isLost) this.#settled(received);
    return !received.isLost;
  }

  async *#batches(
    taken: readonly Received[],
    { signal, sleep, now }: InputContext,
  ): AsyncGenerator<InputBatch> {
    let lines: string[] = [];
    let messages: Received[] = [];
    let characters = 0;
    for (const received of taken) {
      let line: string | undefined;
      try {
        line = await this.#lineOf(received, { signal, sleep, now });
      } catch (error) {
        // What came before is delivered, or no run would get past it.
        if (lines.length > 0) yield this.#batch(lines, messages);
        throw error;
      }
      if (line === undefined) continue;
      lines.push(line);
      messages.push(received);
      characters += line.length;
      if (characters < MOST_CHARACTERS) continue;
      yield this.#batch(lines, messages);
      [lines, messages, characters] = [[], [], 0];
    }
    if (lines.length > 0) yield this.#batch(lines, messages);
  }

  #batch(lines: readonly string[], messages: readonly Received[]): InputBatch {
    return {
      lines: encoder.encode(lines.join("")),
      lineCount: lines.length,
      delivered: () => this.#complete(messages),
    };
  }

  async #lineOf(
    received: Received,
    deps: Pick<InputContext, "signal" | "sleep" | "now">,
  ): Promise<string | undefined> {
    const { message } = received;
    try {
      const body = await this.#claimedBody(received, deps);
      return envelopeLine(message, this.#name, this.#config.format, body);
    } catch (error) {
      if (!(error instanceof BodyProblem)) throw error;
      this.#invalid(received, error.message);
    }
  }

  #invalid(received: Received, problem: string): void {
    const number = received.message.sequenceNumber?.toString();
    const text = `message ${number} of ${this.#name}: ${problem}`;
    if (this.#config.onInvalid === "fail") {
      throw new FinalError("servicebus.body_invalid", text, {
        key: "format",
        hint: 'format = "auto" takes any body, on_invalid = "dead_letter" ' +
          "puts such messages aside",
      });
    }
    this.#log.warn(`${text}; it becomes a dead letter of the queue`);
    this.#settling.add(received);
    this.#settler.bury(received, problem);
  }

  async #claimedBody(
    { message }: Received,
    deps: Pick<InputContext, "signal" | "sleep" | "now">,
  ): Promise<Uint8Array | undefined> {
    const blob = message.applicationProperties?.[CLAIM_PROPERTY];
    if (blob === undefined) return undefined;
    if (this.#claims === undefined) return this.#warnOfClaims();
    const claims = this.#claims;
    const retry = { ...deps, timeoutMs: CLAIM_TIMEOUT_MS };
    return await withRetries(
      () => claims.get(message.body, deps.signal),
      retry,
    );
  }

  #warnOfClaims(): undefined {
    if (this.#hasWarnedOfClaims) return;
    this.#hasWarnedOfClaims = true;
    this.#log.warn(
      "bodies lie in blobs, and without claim_check only their places are read",
    );
  }

  #complete(messages: readonly Received[]): void {
    for (const received of messages) this.#settling.add(received);
    this.#settler.complete(messages);
  }

  /**
   * Others may have them. A session is given back as a whole: one of its messages
   * alone would come to us again, and again, until it is a dead letter.
   */
  #giveBack(messages: readonly Received[]): void {
    if (this.#hasSessions) return;
    for (const received of messages) this.#settling.add(received);
    this.#settler.abandon(messages);
  }

  #settled(received: Received): void {
    this.#locks.delete(received);
    this.#unsettled.delete(received);
    this.#settling.delete(received);
    received.release();
  }

  #isIdle(): boolean {
    const { idleTimeout, maxUnsettled } = this.#config;
    const hasRoom = this.#unsettled.size < maxUnsettled;
    return idleTimeout > 0 && hasRoom && this.#inbox.size === 0 &&
      performance.now() - this.#lastMs >= idleTimeout;
  }

  /** Nothing more is asked for; what wasn't handed over goes back. */
  async #stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await within(LAST_SETTLE_MS, this.#source?.stop() ?? Promise.resolve());
    this.#giveBack(this.#inbox.take(Infinity));
  }

  #told(error: unknown): Error {
    if (error instanceof ConfigError) return error;
    const text = describeFailure(`receive from ${this.#name}`, error);
    const { queue } = this.#config;
    const key = queue === undefined ? "subscription" : "queue";
    return failureCode(error) === "MessagingEntityNotFound"
      ? new ConfigError(key, text)
      : new Error(text);
  }
}
