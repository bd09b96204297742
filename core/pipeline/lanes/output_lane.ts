/**
 * One output of a task, whichever process plays it at the moment.
 *
 * What is handed over is held in the window until it is settled. When the process
 * dies a new one is started and gets everything unsettled again, in order; the
 * inputs only notice back-pressure. After two deaths at the same place envelopes
 * are replayed one at a time, and the one that kills again is a dead letter.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import { DstreamError } from "../../base/errors.ts";
import type { Position, Rejection } from "../../protocol/mod.ts";
import { AckLatency } from "../settle/ack_latency.ts";
import type { Agreement } from "../session/handshake_judge.ts";
import { LEFTOVER_MS } from "../session/leftover.ts";
import { Ledger } from "../settle/ledger.ts";
import { notAcknowledged, restarting } from "../notices.ts";
import { OutputSession } from "../session/output_session.ts";
import { PoisonWatch } from "./poison.ts";
import { PositionMap } from "../settle/position_map.ts";
import type { ProviderProcess } from "../session/process.ts";
import type { Origin } from "../relay/relay_ports.ts";
import { isWorthRetrying, RestartBudget, restartPolicy } from "./restart.ts";
import {
  nameOf,
  processFailure,
  type SessionOptions,
} from "../session/session.ts";
import { TIMED_OUT, unlessAborted, within } from "../wait.ts";
import { ReplayWindow } from "../relay/window.ts";
import type { Random } from "../../ports/mod.ts";

/** What an output lane tells the run. */
export interface OutputLaneHandlers {
  /** Something was settled. */
  onSettled(): void;
  onOwnOutput(bytes: Uint8Array): Promise<void>;
  /** A line that can't ever be delivered. Resolves when it has found its place. */
  onRejected(rejected: RejectedLine): Promise<void>;
  /** The run can't go on. */
  onFailure(error: unknown): void;
}

/** A rejected line with what was said about it. */
export interface RejectedLine {
  /** Without its line feed. */
  readonly line: Uint8Array;
  readonly position: number;
  readonly reason: string;
  readonly code?: string;
}

/** What a lane needs. */
export interface OutputLaneOptions {
  readonly session: SessionOptions;
  readonly random: Random;
  readonly handlers: OutputLaneHandlers;
  /** Fires when the run is over in any way: no restart from then on. */
  readonly over: AbortSignal;
  /** Fires when a stop is asked for: no restart from then on either. */
  readonly stopping: AbortSignal;
  /** Whether processes were made to end, so that their status says nothing. */
  readonly wasForced: () => boolean;
  readonly windowBytes?: number;
}

/** An envelope alone that is neither settled nor deadly for so long is no poison. */
const ALONE_MS = 30_000;

/** One output; see the module. */
export class OutputLane {
  readonly window: ReplayWindow;
  readonly ledger = new Ledger();
  readonly #options: OutputLaneOptions;
  readonly #budget: RestartBudget;
  readonly #poison = new PoisonWatch();
  readonly #ended = Promise.withResolvers<void>();
  /** Dead letters on their way or stored: a replay may reject them again. */
  readonly #placed = new Map<number, Promise<void>>();
  #session: OutputSession | undefined;
  #agreement: Agreement | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Never rejects. */
  #replaying: Promise<void> = Promise.resolve();
  /** Writes that the process has not taken yet. */
  #writes = 0;
  /** Open while a process takes envelopes; a new one while none does. */
  #gate = openGate();
  #settlesOnWrite = false;
  #isFinishing = false;
  #hasEnded = false;
  /** By input. */
  readonly #maps: PositionMap[] = [];
  readonly #waiting = new Set<() => void>();
  /** How often the process was started again. */
  restarts = 0;
  /** Lines written again after a death. */
  replayed = 0;
  handedBytes = 0;
  readonly latency = new AckLatency();

  constructor(options: OutputLaneOptions) {
    this.#options = options;
    const { task, engine, clock } = options.session;
    const capacity = options.windowBytes ?? task.delivery.windowBytes;
    this.window = new ReplayWindow(
      engine.createScanner(capacity),
      capacity,
      task.delivery.windowEnvelopes,
    );
    this.#budget = new RestartBudget(clock, options.random);
    this.#ended.promise.catch(() => {});
  }

  /** As users know it. */
  get name(): string {
    return nameOf(this.#options.session);
  }

  /** Its block in the configuration. */
  get block(): ProviderBlock {
    return this.#options.session.block;
  }

  /** The process of the moment. */
  get process(): ProviderProcess | undefined {
    return this.#session?.process;
  }

  /**
   * What the inputs may be told. The last word of an output without
   * acknowledgements is its exit, so its last line waits for that.
   */
  get #confirmed(): number {
    const { settled, handed } = this.ledger;
    const waits = this.#settlesOnWrite && !this.#hasEnded && settled === handed;
    return waits ? settled - 1 : settled;
  }

  /** Writes down which line completes which envelope. */
  #note({ input, inputStart, runs }: Origin, outputStart: number): void {
    const map = this.#mapOf(input);
    let outputEnd = outputStart;
    let inputEnd = inputStart;
    for (const [n, count] of runs.entries()) {
      inputEnd += count;
      if (n % 2 === 1) map.tookOut(outputEnd, inputEnd);
      else if (count > 0) map.passed(outputEnd += count, inputEnd, count);
    }
  }

  #mapOf(input: number): PositionMap {
    return this.#maps[input] ??= new PositionMap();
  }

  async #settleWritten(): Promise<void> {
    await this.#writing;
    this.ledger.settleAll();
    this.#afterSettling();
  }

  /**
   * What its acknowledgements hold up, as ack_timeout.ts wants it.
   * @param isEager Whether each single one is waited for.
   */
  awaited({ isEager = false } = {}): string | undefined {
    const { process } = this;
    const isThere = process !== undefined && process.status === undefined;
    const isWaiting = isEager || this.isWaitedFor;
    const { inFlight, settled, waitsForDeadLetters } = this.ledger;
    const isIdle = inFlight === 0 && !this.#isFinishing;
    if (!isThere || !isWaiting || isIdle) return undefined;
    if (this.#agreement?.version !== 2 || waitsForDeadLetters) return undefined;
    return `${process.pid} ${this.restarts} ${settled}`;
  }

  /** `undefined` while a silent output's version is open. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Starts the first process. */
  async open(): Promise<void> {
    await this.#start();
  }

  /**
   * Hands over lines, waiting for room and for a process that takes them.
   * @param isStaged Whether they are what was staged in the window last.
   */
  async hand(
    bytes: Uint8Array,
    lines: number,
    origin: Origin,
    isStaged: boolean,
  ): Promise<void> {
    const { over } = this.#options;
    await this.window.room(isStaged ? 0 : bytes.length, lines, over);
    await this.#writing;
    if (!this.#gate.isOpen) await this.up();
    if (!isStaged) this.window.stage(bytes);
    this.ledger.hand(lines);
    const { handed } = this.ledger;
    this.#note(origin, handed - lines);
    this.window.commit(bytes.length, lines, handed);
    this.handedBytes += bytes.length;
    this.latency.handed(handed, this.#nowMs);
    // A write that fails is the process's death, which is noticed elsewhere.
    this.#writing = this.#write(this.#session!, bytes).catch(() => {});
    if (this.#settlesOnWrite) await this.#settleWritten();
  }

  /** Envelopes of which nothing came for this output. */
  tookOut(origin: Origin): void {
    this.#note(origin, this.ledger.handed);
    this.#options.handlers.onSettled();
  }

  /** How many of an input's envelopes this output has settled. */
  settledOf(input: number): number {
    const map = this.#mapOf(input);
    map.settle(this.#confirmed);
    return map.settled;
  }

  /** Whether something waits for this output: room, a write, the end. */
  get isWaitedFor(): boolean {
    const isV2 = this.#agreement?.version === 2;
    const isEnding = this.#isFinishing && (isV2 || this.ledger.inFlight > 0);
    // An output that doesn't read fills its pipe long before the window.
    return this.window.isFull || this.#writes > 0 || isEnding;
  }

  /** Resolves when a process takes envelopes. */
  async up(): Promise<void> {
    const { over } = this.#options;
    while (!this.#gate.isOpen) await unlessAborted(this.#gate.opened, over);
  }

  /** Resolves when what was handed over last is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** No more will come: waits until everything is settled and the process gone. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    if (this.#gate.isOpen) this.#session?.process.closeStdin();
    await unlessAborted(this.#ended.promise, this.#options.over);
  }

  /** Waits until everything up to a position is settled. */
  async settledUpTo(position: number): Promise<void> {
    while (this.ledger.settled < position) {
      await unlessAborted(this.#nextSettling(), this.#options.over);
    }
  }

  /** Ends the process of the moment. */
  async end(graceMs: number): Promise<void> {
    await this.#session?.end(graceMs);
  }

  async #write(session: OutputSession, bytes: Uint8Array): Promise<void> {
    this.#writes++;
    try {
      await session.write(bytes);
    } finally {
      this.#writes--;
    }
  }

  async #start(): Promise<void> {
    const { handlers } = this.#options;
    const session = await OutputSession.open(this.#sessionOptions(), {
      onAck: (position) => this.#acknowledge(position),
      onReject: (rejection) => this.#reject(rejection),
      onDecided: (agreement) => this.#decide(agreement),
      onOwnOutput: handlers.onOwnOutput,
      onFailure: handlers.onFailure,
    });
    this.#refuseAnother(session.agreement);
    this.#session = session;
    void this.#watch(session);
  }

  /** One that has acknowledged is waited for, and its silence is not version 1. */
  #sessionOptions(): SessionOptions {
    const { session } = this.#options;
    if (this.#agreement?.version !== 2) return session;
    return { ...session, provider: { ...session.provider, knownVersion: 2 } };
  }

  /** The one that comes back must speak as the one that went. */
  #refuseAnother(agreement: Agreement | undefined): void {
    const before = this.#agreement;
    if (agreement === undefined) return;
    this.#agreement = agreement;
    if (before === undefined) return;
    const isSame = before.version === agreement.version &&
      String(before.features) === String(agreement.features);
    if (isSame) return;
    throw new DstreamError(
      "provider.changed",
      `output provider "${this.name}" came back with protocol version ` +
        `${agreement.version} instead of ${before.version}, or other features`,
      { at: this.#options.session.block.sourceAt },
    );
  }

  #acknowledge(position: Position): void {
    this.#guarded(() => {
      this.ledger.acknowledge(position);
      this.#afterSettling();
    });
  }

  #reject({ seq, reason, code }: Rejection): void {
    this.#guarded(() => {
      const position = this.ledger.reject(seq);
      void this.#place({ position, reason, code });
    });
  }

  /** A rejected line goes where dead letters go, once; then it is settled. */
  async #place(
    rejection: { position: number; reason: string; code?: string },
  ): Promise<void> {
    try {
      await this.#placeOnce(rejection);
      this.ledger.resolve(rejection.position);
      this.#afterSettling();
    } catch (error) {
      this.#options.handlers.onFailure(error);
    }
  }

  /** However often a line is rejected, it is one dead letter. */
  async #placeOnce(
    rejection: { position: number; reason: string; code?: string },
  ): Promise<void> {
    const { position } = rejection;
    const line = this.window.line(position);
    const placed = this.#placed.get(position) ??
      this.#options.handlers.onRejected({ ...rejection, line });
    this.#placed.set(position, placed);
    await placed;
  }

  #decide(agreement: Agreement): void {
    this.#agreement ??= agreement;
    // Another than before is refused as soon as it is open, and settles nothing.
    const isSame = agreement.version === this.#agreement.version;
    if (agreement.version === 2 || !isSame) return;
    this.#settlesOnWrite = true;
    this.ledger.settleAll();
    this.#afterSettling();
    if (this.restarts > 0) return;
    this.#options.session.onEvent(notAcknowledged(this.name));
  }

  #afterSettling(): void {
    this.window.settle(this.ledger.settled);
    this.latency.settled(this.ledger.settled, this.#nowMs);
    for (const position of this.#placed.keys()) {
      if (position <= this.ledger.settled) this.#placed.delete(position);
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    this.#options.handlers.onSettled();
  }

  get #nowMs(): number {
    return this.#options.session.clock.monotonicMs();
  }

  #nextSettling(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Waits for the process's end and sees to what follows from it. */
  async #watch(session: OutputSession): Promise<void> {
    try {
      await this.#sessionEnd(session);
      if (this.#options.over.aborted) return;
      const failure = await this.#judge(session);
      if (failure !== undefined) return await this.#startAgain(failure);
      // Its last rejections may still be on their way to the dead letters.
      if (this.#isFinishing && !this.#options.wasForced()) {
        await this.settledUpTo(this.ledger.handed);
      }
      this.#ended.resolve();
    } catch (error) {
      this.#options.handlers.onFailure(error);
    }
  }

  /** The exit, or what makes it one: stdin or stdout closed before its time. */
  async #sessionEnd(session: OutputSession): Promise<void> {
    const { process, stdoutEnd } = session;
    const isDeaf = process.stdinBroken;
    const isMute = stdoutEnd.then(() =>
      session.agreement?.version === 2 ? undefined : process.exit
    );
    await Promise.race([process.exit, isDeaf, isMute]);
    if (!await process.exitsWithin(LEFTOVER_MS)) process.kill();
    await process.exit;
    await stdoutEnd;
    await this.#writing;
  }

  /** @returns Why it died; `undefined` when it ended as it should. */
  async #judge(session: OutputSession): Promise<DstreamError | undefined> {
    const { wasForced } = this.#options;
    const { process } = session;
    const isV2 = session.agreement?.version === 2;
    const isThrough = this.#isFinishing &&
      (!isV2 || this.ledger.isAllAcknowledged);
    if (!isThrough && !wasForced()) {
      return this.#isMute(session)
        ? neverAcknowledged(this)
        : await this.#crash(session);
    }
    // Whoever waits for room or for this process must not wait for ever.
    if (!this.#isFinishing) throw new DstreamError("run.stopped", "stopped");
    if (!isThrough) return undefined;
    if (!isV2) this.#settleLast(session);
    if (process.status?.code === 0 || wasForced()) return undefined;
    throw await processFailure(
      "provider.output_failed",
      `output provider "${this.name}" failed`,
      process,
      this.#options.session.block,
    );
  }

  /** It has read everything and ended well, and not one word of it was an ack. */
  #isMute({ process }: OutputSession): boolean {
    return this.#isFinishing && process.status?.code === 0 &&
      !this.ledger.hasAcknowledged;
  }

  /** An output without acknowledgements confirms with its exit. */
  #settleLast(session: OutputSession): void {
    if (session.process.status?.code !== 0) return;
    this.#hasEnded = true;
    this.ledger.settleAll();
    this.#afterSettling();
  }

  #crash({ process }: OutputSession): Promise<DstreamError> {
    const { inFlight } = this.ledger;
    const undecided = inFlight > 0 ? ` with ${inFlight} unacknowledged` : "";
    return processFailure(
      "provider.output_crashed",
      `output provider "${this.name}" ended before the stream did${undecided}`,
      process,
      this.#options.session.block,
    );
  }

  /** A new process, after a pause, and everything unsettled again. */
  async #startAgain(cause: DstreamError): Promise<void> {
    // The one that died may have died of its replay, which is not over before
    // what killed it is buried.
    await this.#replaying;
    if (this.#gate.isOpen) this.#gate = closedGate();
    this.#poison.died(this.ledger.settled);
    for (let failure = cause;;) {
      await this.#pause(failure);
      try {
        this.ledger.restart();
        await this.#start();
        break;
      } catch (error) {
        if (!isWorthRetrying(error)) throw error;
        failure = error;
      }
    }
    const replay = this.#replay();
    this.#replaying = replay.catch(() => {});
    await replay;
  }

  /** Waits for the next attempt; throws when there is none. */
  async #pause(failure: DstreamError): Promise<void> {
    const { session, stopping, over } = this.#options;
    const restart = stopping.aborted
      ? undefined
      : this.#budget.spend(this.#policy(), this.ledger.settled);
    if (restart === undefined) throw failure;
    this.restarts++;
    session.onEvent(restarting("output", session, failure, restart));
    const either = AbortSignal.any([over, stopping]);
    await session.clock.sleep(restart.delayMs, either);
  }

  #policy() {
    const { block, task } = this.#options.session;
    const version = this.#agreement?.version ?? 1;
    return restartPolicy(version, block.restart, task.restart);
  }

  async #replay(): Promise<void> {
    const session = this.#session!;
    try {
      if (this.#poison.isSuspected) await this.#replayAlone(session);
      await this.#replayRest(session);
    } catch (error) {
      if (error instanceof DstreamError) throw error;
      return; // It died again: its watch goes on from here.
    }
    this.#gate.open();
    if (this.#isFinishing) session.process.closeStdin();
  }

  async #replayRest(session: OutputSession): Promise<void> {
    for (const { bytes, lines } of this.window.after(this.ledger.sent)) {
      this.ledger.sendAgain(lines);
      this.replayed += lines;
      await this.#write(session, bytes);
    }
  }

  /** One envelope at a time, to find the one that kills. */
  async #replayAlone(session: OutputSession): Promise<void> {
    const { clock } = this.#options.session;
    // Its last words count, and come after its death.
    const died = session.process.exit.then(() => session.stdoutEnd)
      .then(() => "died" as const);
    const last = this.ledger.handed;
    for (let position = this.ledger.settled + 1; position <= last; position++) {
      this.ledger.sendAgain(1);
      this.replayed++;
      const line = this.window.line(position, { withLineFeed: true });
      await this.#write(session, line);
      const settled = this.settledUpTo(position);
      settled.catch(() => {});
      const outcome = await within(
        Promise.race([settled, died]),
        ALONE_MS,
        clock,
      );
      if (outcome === "died") return await this.#leave(position);
      if (outcome === TIMED_OUT) break;
    }
    this.#poison.clear();
  }

  /** The process is gone: of this one, unless it had said its word on it. */
  async #leave(position: number): Promise<never> {
    if (!this.ledger.hasWordOn(position)) await this.#buryPoison(position);
    throw new Error("the process is gone");
  }

  /** The envelope that kills is a dead letter, or ends the task. */
  async #buryPoison(position: number): Promise<void> {
    const reason = "the output died of it three times";
    await this.#placeOnce({ position, reason, code: "crash" });
    this.ledger.bury(position);
    this.#poison.clear();
    this.#afterSettling();
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.handlers.onFailure(error);
    }
  }
}

function neverAcknowledged({ name, block, ledger }: OutputLane): DstreamError {
  return new DstreamError(
    "protocol.never_acknowledged",
    `output provider "${name}" ended well but acknowledged none of ` +
      `${ledger.inFlight} envelopes`,
    {
      at: block.sourceAt,
      hint:
        'an output of version 2 writes the byte 0x1E and {"ack":N} when the ' +
        "first N lines are durable; answer version 1 to go without",
    },
  );
}

interface Gate {
  readonly isOpen: boolean;
  readonly opened: Promise<void>;
  open(): void;
}

function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = {
    isOpen: false,
    opened: promise,
    open() {
      gate.isOpen = true;
      resolve();
    },
  };
  return gate;
}

function openGate(): Gate {
  const gate = closedGate();
  gate.open();
  return gate;
}
