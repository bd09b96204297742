/**
 * The processes that play one output, one after the other.
 *
 * When one dies another is started, after a pause, and gets everything unsettled
 * again. Whether that goes at once or one envelope at a time, and when an envelope is
 * the one to blame, is suspicion.ts; the writing is replay.ts.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import { notAcknowledged, restarting } from "../notices.ts";
import type { Agreement } from "../session/handshake_judge.ts";
import { LEFTOVER_MS } from "../session/leftover.ts";
import { OutputSession } from "../session/output_session.ts";
import {
  finalFailure,
  nameOf,
  processFailure,
  type SessionOptions,
} from "../session/session.ts";
import type { Refusal, Rejections } from "../settle/rejections.ts";
import type { PlacedSchema } from "../settle/schema_book.ts";
import type { Settling } from "../settle/settling.ts";
import { unlessAborted } from "../wait.ts";
import { Gate } from "./gate.ts";
import {
  eachTimeAt,
  neverAcknowledged,
  refuseAnother,
} from "./output_failures.ts";
import type { OutputLaneOptions } from "./output_lane.ts";
import { Replay, type ReplayTarget } from "./replay.ts";
import {
  isWorthRetrying,
  type Restart,
  RestartBudget,
  restartPolicy,
} from "./restart.ts";
import { Suspicion } from "./suspicion.ts";

/** What the processes work on. */
export interface OutputWork {
  readonly settling: Settling;
  readonly rejections: Rejections;
}

/** An output that answers one envelope alone no faster than this is waited for. */
const ALONE_MS = 30_000;

/** The processes of one output; see the module. */
export class OutputLife {
  readonly #options: OutputLaneOptions;
  readonly #work: OutputWork;
  readonly #budget: RestartBudget;
  readonly #suspicion = new Suspicion();
  readonly #replay: Replay;
  readonly #ended = Promise.withResolvers<void>();
  /** Open while a process takes envelopes. */
  readonly gate = new Gate();
  #session: OutputSession | undefined;
  #target: ReplayTarget | undefined;
  #agreement: Agreement | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Never rejects. */
  #replaying: Promise<void> = Promise.resolve();
  /** Writes that the process has not taken yet. */
  #writes = 0;
  /** It was made to end by us: its death says nothing about an envelope. */
  #wasEnded = false;
  #isFinishing = false;
  /** What is handed over is written by a loop of its own, whenever that may be. */
  #isFed = false;
  #more = Promise.withResolvers<void>();
  settlesOnWrite = false;
  restarts = 0;
  /** Lines written again after a death. */
  replayed = 0;

  constructor(options: OutputLaneOptions, work: OutputWork) {
    this.#options = options;
    this.#work = work;
    const { clock } = options.session;
    this.#budget = new RestartBudget(clock, options.random);
    this.#replay = new Replay({
      settling: work.settling,
      suspicion: this.#suspicion,
      clock,
      aloneMs: () =>
        Math.max(ALONE_MS, 2 * (this.#agreement?.hold?.delay_ms ?? 0)),
      onReplayed: (lines) => this.replayed += lines,
    });
    this.#ended.promise.catch(() => {});
  }

  /** The process of the moment. */
  get session(): OutputSession | undefined {
    return this.#session;
  }

  /** `undefined` while a silent output's version is open. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Whether a write waits for the process. */
  get isWriting(): boolean {
    return this.#writes > 0;
  }

  /** Whether no more will come. */
  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  /** Resolves when what was written last is taken. Never rejects. */
  get written(): Promise<void> {
    return this.#writing;
  }

  /** Starts the first process. */
  async open(): Promise<void> {
    await this.#start();
  }

  /** From now on nobody waits for the process: it gets lines as it takes them. */
  startFeeding(): void {
    this.#isFed = true;
    this.#replaying = this.#replayAll(this.#target!)
      .catch((error) => this.#options.handlers.onFailure(error));
  }

  /** More was handed over. */
  feed(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  /** Writes lines that were handed over in this moment. */
  send(bytes: Uint8Array, lines: number): void {
    this.#work.settling.ledger.send(lines);
    // A write that fails is the process's death, which is noticed elsewhere.
    this.#writing = this.#write(this.#session!, bytes).catch(() => {});
  }

  /** The same for a schema. */
  sendSchema(schema: PlacedSchema): void {
    this.#writing = this.#replay.schema(this.#target!, schema).catch(() => {});
  }

  /** Resolves when a process takes envelopes. */
  async up(): Promise<void> {
    const { over } = this.#options;
    while (!this.gate.isOpen) await unlessAborted(this.gate.opened, over);
  }

  /** No more will come: waits until all is settled and the process gone. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    if (this.#isFed) this.feed();
    else if (this.gate.isOpen) this.#session?.process.closeStdin();
    await unlessAborted(this.#ended.promise, this.#options.over);
  }

  /** Kills the process of the moment, which is stuck: no envelope is to blame. */
  killStuck(): void {
    this.#wasEnded = true;
    this.#session?.process.kill();
  }

  /** Ends the process of the moment. */
  async end(graceMs: number): Promise<void> {
    await this.#session?.end(graceMs);
  }

  get #who() {
    const { session } = this.#options;
    return { name: nameOf(session), block: session.block };
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
    const { handlers, session: options } = this.#options;
    const { settling } = this.#work;
    const session = await OutputSession.open(this.#sessionOptions(), {
      onAck: (position) => this.#guarded(() => settling.acknowledge(position)),
      onReject: (rejection) =>
        this.#guarded(() => {
          const position = settling.reject(rejection);
          if (position === undefined) return;
          const { reason, code } = rejection;
          void this.#place({ position, reason, code });
        }),
      onDecided: (agreement) => this.#decide(agreement),
      onGivenUp: (said) => handlers.onFailure(finalFailure(said, options)),
      onOwnOutput: handlers.onOwnOutput,
      onFailure: handlers.onFailure,
    });
    const { agreement } = session;
    if (agreement !== undefined) {
      const before = this.#agreement;
      this.#agreement = agreement;
      refuseAnother(this.#who, before, agreement);
    }
    this.#session = session;
    this.#wasEnded = false;
    this.#target = this.#targetOf(session);
    void this.#watch(session);
  }

  #targetOf(session: OutputSession): ReplayTarget {
    const { process, stdoutEnd } = session;
    return {
      write: (bytes) => this.#write(session, bytes),
      // Its last words count, and come after its death.
      died: process.exit.then(() => stdoutEnd).then(() => "died"),
      takesSchemas: this.#agreement?.features.includes("schema") ?? false,
      holdsBack: this.#agreement?.hold !== undefined,
    };
  }

  /** One that has acknowledged is waited for, and its silence is not version 1. */
  #sessionOptions(): SessionOptions {
    const { session } = this.#options;
    if (this.#agreement?.version !== 2) return session;
    return { ...session, provider: { ...session.provider, knownVersion: 2 } };
  }

  #decide(agreement: Agreement): void {
    this.#agreement ??= agreement;
    // Another than before is refused as soon as it is open, and settles nothing.
    const isSame = agreement.version === this.#agreement.version;
    if (agreement.version === 2 || !isSame) return;
    this.settlesOnWrite = true;
    this.#work.settling.holdsLastBack = true;
    this.#work.settling.settleAll();
    if (this.restarts > 0) return;
    this.#options.session.onEvent(notAcknowledged(this.#who.name));
  }

  /** A refused line goes where such lines go; then it is settled. */
  async #place(refusal: Refusal): Promise<void> {
    try {
      await this.#work.rejections.place(refusal);
      this.#work.settling.placed(refusal.position);
    } catch (error) {
      this.#options.handlers.onFailure(error);
    }
  }

  /** Waits for the process's end and sees to what follows from it. */
  async #watch(session: OutputSession): Promise<void> {
    const { over, wasForced } = this.#options;
    const { settling } = this.#work;
    try {
      await this.#sessionEnd(session);
      if (over.aborted) return;
      const failure = await this.#judge(session);
      if (failure !== undefined) return await this.#startAgain(failure);
      // Its last rejections may still be on their way to the dead letters.
      if (this.#isFinishing && !wasForced()) {
        const { handed } = settling.ledger;
        await unlessAborted(settling.settledUpTo(handed), over);
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
    const { ledger } = this.#work.settling;
    const { process } = session;
    const isV2 = session.agreement?.version === 2;
    const isThrough = this.#isFinishing && (!isV2 || ledger.isAllAcknowledged);
    if (!isThrough && !wasForced()) {
      return this.#isMute(session)
        ? neverAcknowledged(this.#who, ledger.inFlight)
        : await this.#crash(session);
    }
    // Whoever waits for room or for this process must not wait for ever.
    if (!this.#isFinishing) throw new DstreamError("run.stopped", "stopped");
    if (!isThrough) return undefined;
    if (!isV2) this.#settleLast(session);
    if (process.status?.code === 0 || wasForced()) return undefined;
    throw await processFailure(
      "provider.output_failed",
      `output provider "${this.#who.name}" failed`,
      process,
      this.#who.block,
    );
  }

  /** It has read everything and ended well, and not one word of it was an ack. */
  #isMute({ process }: OutputSession): boolean {
    return this.#isFinishing && process.status?.code === 0 &&
      !this.#work.settling.ledger.hasAcknowledged;
  }

  /** An output without acknowledgements confirms with its exit. */
  #settleLast(session: OutputSession): void {
    if (session.process.status?.code !== 0) return;
    this.#work.settling.holdsLastBack = false;
    this.#work.settling.settleAll();
  }

  #crash({ process }: OutputSession): Promise<DstreamError> {
    const { inFlight } = this.#work.settling.ledger;
    const undecided = inFlight > 0 ? ` with ${inFlight} unacknowledged` : "";
    return processFailure(
      "provider.output_crashed",
      `output provider "${this.#who.name}" ended before the stream did${undecided}`,
      process,
      this.#who.block,
    );
  }

  /** A new process, after a pause, and everything unsettled again. */
  async #startAgain(cause: DstreamError): Promise<void> {
    await this.#replaying;
    this.gate.close();
    let isExplained = await this.#learnFrom(cause);
    const { settling } = this.#work;
    let isLastTry = false;
    for (let failure = cause;;) {
      isLastTry = await this.#pause(failure, { isLastTry, isExplained });
      isExplained = false;
      try {
        settling.restart(isLastTry ? 1 : this.#replay.shift);
        if (isLastTry) settling.ledger.setAside();
        await this.#start();
        break;
      } catch (error) {
        if (!isWorthRetrying(error)) throw error;
        failure = error;
      }
    }
    const replay = isLastTry
      ? this.#tryNeighbour(cause)
      : this.#replayAll(this.#target!);
    this.#replaying = replay.catch(() => {});
    await replay;
  }

  /** @returns Whether the output itself had shown that it works. */
  async #learnFrom({ details }: DstreamError): Promise<boolean> {
    const { settled, acknowledged } = this.#work.settling.ledger;
    if (this.#wasEnded) {
      this.#suspicion.wasEnded();
      return false;
    }
    const finding = this.#suspicion.died(settled, acknowledged);
    if (finding.kind === "poison") await this.#bury(finding.position, details);
    return finding.kind !== "unclear";
  }

  /** The envelope that kills is a dead letter, or ends the task. */
  async #bury(position: number, details: readonly string[]): Promise<void> {
    const reason = "the output died of it three times";
    const refusal = { position, reason, code: "crash", details };
    await this.#work.rejections.place(refusal);
    this.#suspicion.clear();
    this.#budget.explained();
    this.#work.settling.bury(position);
  }

  /**
   * Waits for the next attempt; throws when there is none.
   * @returns Whether it is the last one, which gets the neighbour of the suspect.
   */
  async #pause(
    failure: DstreamError,
    { isLastTry, isExplained }: { isLastTry: boolean; isExplained: boolean },
  ): Promise<boolean> {
    const { session, stopping, over } = this.#options;
    const restart = stopping.aborted || isLastTry
      ? undefined
      : this.#nextRestart(isExplained);
    const next = restart ?? (isLastTry ? undefined : this.#lastTry());
    if (next === undefined) throw this.#named(failure);
    this.restarts++;
    session.onEvent(restarting("output", session, failure, next));
    const either = AbortSignal.any([over, stopping]);
    await session.clock.sleep(next.delayMs, either);
    return restart === undefined;
  }

  #nextRestart(isExplained: boolean): Restart | undefined {
    const policy = this.#policy();
    return isExplained
      ? this.#budget.again(policy)
      : this.#budget.spend(policy, this.#work.settling.ledger.settled);
  }

  /** The restarts are spent, and a suspect has no delivered envelope before it. */
  #lastTry(): Restart | undefined {
    const { stopping, canBury } = this.#options;
    const { ledger } = this.#work.settling;
    const hasNeighbour = ledger.handed > ledger.settled + 1;
    const isWanted = canBury && hasNeighbour && !stopping.aborted &&
      this.#isFirstSuspected;
    return isWanted ? this.#budget.extra() : undefined;
  }

  /** Without a repeat nobody knows whether the output or the envelope is ill. */
  get #isFirstSuspected(): boolean {
    return this.#suspicion.hasSuspect && this.#replay.shift === 0;
  }

  #named(failure: DstreamError): DstreamError {
    const { settled } = this.#work.settling.ledger;
    return this.#isFirstSuspected ? eachTimeAt(failure, settled + 1) : failure;
  }

  #policy() {
    const { block, task } = this.#options.session;
    const version = this.#agreement?.version ?? 1;
    return restartPolicy(version, block.restart, task.restart);
  }

  async #replayAll(
    target: ReplayTarget,
    { isGoingOn = false } = {},
  ): Promise<void> {
    try {
      if (isGoingOn) await this.#replay.rest(target);
      else await this.#replay.run(target);
      if (this.#isFed) await this.#feedOn(target);
    } catch (error) {
      if (error instanceof DstreamError) throw error;
      return; // It died again: its watch goes on from here.
    }
    this.#takeMore();
  }

  /**
   * The first envelope of the stream kills, and nothing is known of the output: the
   * next one alone tells. If that is acknowledged, the first is to blame.
   */
  async #tryNeighbour(cause: DstreamError): Promise<void> {
    const target = this.#target!;
    const suspect = this.#work.settling.ledger.settled + 1;
    const isSound = await this.#replay.neighbour(target).catch(() => false);
    if (!isSound) throw this.#named(cause);
    await this.#bury(suspect, cause.details);
    await this.#replayAll(target, { isGoingOn: true });
  }

  /** Until the process is gone, or has got the last of all. */
  async #feedOn(target: ReplayTarget): Promise<void> {
    this.gate.open();
    let isGone = false;
    void target.died.then(() => {
      isGone = true;
      this.feed();
    });
    const { ledger } = this.#work.settling;
    for (;;) {
      const more = this.#more.promise;
      await this.#replay.rest(target);
      if (isGone || (this.#isFinishing && ledger.sent >= ledger.handed)) return;
      await more;
    }
  }

  #takeMore(): void {
    this.gate.open();
    if (this.#isFinishing) this.#session?.process.closeStdin();
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.handlers.onFailure(error);
    }
  }
}
