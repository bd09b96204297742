/**
 * One input of a task, whichever process plays it at the moment.
 *
 * When the process dies a new one is started, which goes on from its own checkpoint
 * or the newest state. What the dead one wrote stays on its way; only the
 * acknowledgements for it are dropped.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import { DstreamError } from "../../base/errors.ts";
import type { FinalFailure, InputRecord, Json } from "../../protocol/mod.ts";
import type { Random } from "../../ports/mod.ts";
import type { Agreement } from "../session/handshake_judge.ts";
import { InputSession } from "../session/input_session.ts";
import { InputState } from "../states/input_state.ts";
import { halfLine, inputLingers, restarting } from "../notices.ts";
import { describeExit, type ProviderProcess } from "../session/process.ts";
import type { Relay } from "../relay/relay.ts";
import type { RelaySource } from "../relay/relay_ports.ts";
import { isWorthRetrying, RestartBudget, restartPolicy } from "./restart.ts";
import {
  finalFailure,
  nameOf,
  processFailure,
  type SessionOptions,
} from "../session/session.ts";
import type { StateKeeper } from "../states/state_keeper.ts";
import type { StateStore } from "../states/state_store.ts";
import { unlessAborted } from "../wait.ts";

/** Of a line that is no envelope, so much is looked at. */

/** What a lane needs. */
export interface InputLaneOptions {
  /** Which of the task's inputs. */
  readonly index: number;
  readonly session: SessionOptions;
  readonly random: Random;
  readonly stateStore?: StateStore;
  /** Fires when the run is over in any way. */
  readonly over: AbortSignal;
  /** Fires when a stop is asked for, or enough was handed over. */
  readonly stopping: AbortSignal;
  readonly wasForced: () => boolean;
  /** Resolves when every output takes envelopes: if both are down they come first. */
  readonly outputsUp: () => Promise<void>;
  /** How many envelopes still wait for an output. */
  readonly inFlight: () => number;
  readonly onFailure: (error: unknown) => void;
  /** It can't go on, ever: the task fails once all that was read is delivered. */
  readonly onGivenUp: () => void;
  /** The input is asked for no more than it has begun. */
  readonly isDryRun: boolean;
}

/** One input; see the module. */
export class InputLane implements RelaySource {
  readonly #options: InputLaneOptions;
  readonly #budget: RestartBudget;
  #loading: ProviderProcess | undefined;
  #session: InputSession | undefined;
  #agreement: Agreement | undefined;
  #state: InputState | undefined;
  #keeper: StateKeeper | undefined;
  #read = 0;
  /** Where the count of the present process begins. */
  #base = 0;
  #settled = 0;
  #isFrozen = false;
  /** Whether we made it end, so that its status says nothing. */
  #wasEnded = false;
  /** Why the input can't go on, however often it is started. */
  #finalFailure: DstreamError | undefined;
  /** How often the process was started again. */
  restarts = 0;
  /** Envelopes that came before a death and that its successor sends again. */
  resent = 0;

  constructor(options: InputLaneOptions) {
    this.#options = options;
    this.#budget = new RestartBudget(options.session.clock, options.random);
  }

  /** Which of the task's inputs. */
  get index(): number {
    return this.#options.index;
  }

  /** As users know it. */
  get name(): string {
    return nameOf(this.#options.session);
  }

  /** Where the configuration names it. */
  get block(): ProviderBlock {
    return this.#options.session.block;
  }

  /** The process of the moment. */
  get process(): ProviderProcess | undefined {
    return this.#session?.process ?? this.#loading;
  }

  /** Control records are taken from version 2 only. */
  get hasRecords(): boolean {
    return this.#agreement?.version === 2;
  }

  /** What happens to lines that are no envelopes. */
  get strayLines(): "drop" | "forward" | "fail" {
    return this.hasRecords ? "drop" : this.#options.session.block.strayLines;
  }

  /** Envelopes read since the task began. */
  get read(): number {
    return this.#read;
  }

  /** Counts envelopes as read. */
  count(lines: number): number {
    return this.#read += lines;
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#session!.next();
  }

  /** Lets the process load; it does nothing before its start line. */
  load(process: ProviderProcess): void {
    this.#loading = process;
  }

  /** Looks for a stored state, which one run may use: before anything starts. */
  async openState(): Promise<void> {
    const { stateStore, session, stopping } = this.#options;
    if (stateStore === undefined) return;
    const { block, provider } = session;
    const state = InputState.open(stateStore, block, provider.name);
    // A folder may hang, and with it the system's own calls: a stop ends the wait.
    this.#state = await orDisposed(state, stopping);
  }

  /** The first start. */
  async open(): Promise<void> {
    const { session, stopping, isDryRun, onFailure } = this.#options;
    await this.#start(this.#state?.resume);
    const usesState = this.#agreement?.features.includes("state");
    if (!usesState || isDryRun) return;
    const keeper = this.#state?.keep(
      session.clock,
      onFailure,
      () => this.#acknowledge(),
    );
    this.#keeper = keeper && await orDisposed(keeper, stopping);
  }

  /** Moves everything to the end of the data, over as many processes as it takes. */
  async run(relay: Relay): Promise<void> {
    for (;;) {
      const session = this.#session!;
      if (await relay.pump(this) === "ended") {
        void session.discard();
        return;
      }
      const failure = await this.#judgeClose(session);
      if (failure === undefined) {
        const rest = this.#completeRest(session);
        if (rest !== undefined) await relay.forward(this, rest);
        return;
      }
      this.#reportRest(session);
      if (!await this.#startAgain(failure)) return;
    }
  }

  onRecord(record: InputRecord): void {
    if ("state" in record) {
      this.#keeper?.note(this.#read, record.state, this.#settled);
    }
    if ("error" in record) this.#giveUp(record.error);
    if ("progress" in record) this.#showProgress(record.progress);
  }

  onStray(line: Uint8Array): void {
    this.#session!.strays.log(line);
  }

  /** The task has settled so many of this input's envelopes. */
  settle(position: number): void {
    if (position <= this.#settled || this.#isFrozen) return;
    this.#settled = position;
    this.#keeper?.settle(position);
    this.#acknowledge();
  }

  /** Nothing that is settled from now on counts. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Asks it to produce no more. */
  stop(): void {
    this.#session?.stop();
  }

  /** Everything is delivered: store the state, tell the input, see it go. */
  async finish(): Promise<void> {
    const session = this.#session!;
    await this.#keeper?.flushInTime();
    this.#acknowledge();
    session.closeStdin();
    await this.#awaitExit(session);
    if (this.#finalFailure !== undefined) throw this.#finalFailure;
    if (this.#endedWell(session)) return;
    throw new DstreamError(
      "provider.input_failed",
      `input provider "${this.name}" failed after its last envelope ` +
        `(${describeExit(session.process.status!)})`,
      {
        at: this.#options.session.block.sourceAt,
        details: [...session.process.lastLines],
      },
    );
  }

  /** Ends what still runs, and stores what is settled. */
  async end(graceMs: number): Promise<void> {
    await this.#session?.end(graceMs);
    await this.#loading?.[Symbol.asyncDispose]();
    try {
      await this.#keeper?.flushInTime();
    } finally {
      this.#keeper?.[Symbol.dispose]();
      this.#state?.[Symbol.dispose]();
    }
  }

  async #start(resume: Json | undefined): Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    const session = await InputSession.open(
      this.#sessionOptions(),
      resume,
      loading,
    );
    this.#session = session;
    this.#base = this.#read;
    this.#refuseAnother(session.agreement);
    if (this.#options.stopping.aborted) session.stop();
  }

  /**
   * What spoke version 2 before speaks it again: half a line, or silence, of a
   * process that came back is no sign of an older one.
   */
  #sessionOptions(): SessionOptions {
    const { session } = this.#options;
    if (this.#agreement?.version !== 2) return session;
    return { ...session, provider: { ...session.provider, knownVersion: 2 } };
  }

  /** The one that comes back must speak as the one that went. */
  #refuseAnother(agreement: Agreement): void {
    const before = this.#agreement ?? agreement;
    this.#agreement = agreement;
    const isSame = before.version === agreement.version &&
      String(before.features) === String(agreement.features);
    if (isSame) return;
    throw new DstreamError(
      "provider.changed",
      `input provider "${this.name}" came back with protocol version ` +
        `${agreement.version} instead of ${before.version}, or other features`,
      { at: this.#options.session.block.sourceAt },
    );
  }

  /** @returns Whether there is a new process; not after a stop. */
  async #startAgain(cause: DstreamError): Promise<boolean> {
    const { session, outputsUp, over, stopping } = this.#options;
    for (let failure = cause;;) {
      const restart = this.#budget.spend(this.#policy(), this.#settled);
      if (restart === undefined) throw failure;
      this.restarts++;
      session.onEvent(restarting("input", session, failure, restart));
      const either = AbortSignal.any([over, stopping]);
      await session.clock.sleep(restart.delayMs, either).catch(() => {});
      over.throwIfAborted();
      if (stopping.aborted) return false;
      await outputsUp();
      try {
        await this.#start(this.#keeper?.newest ?? this.#state?.resume);
        this.resent += this.#read - this.#goesOnAt;
        return true;
      } catch (error) {
        if (!isWorthRetrying(error)) throw error;
        failure = error;
      }
    }
  }

  /** What was read before is delivered first; {@link finish} then throws. */
  #giveUp(failure: FinalFailure): void {
    const { session, stopping, onGivenUp } = this.#options;
    // After a stop the next run meets it, and says so.
    if (stopping.aborted) return;
    this.#finalFailure = finalFailure(failure, session);
    onGivenUp();
  }

  /** Behind which envelope a new process goes on, as far as that is known here. */
  get #goesOnAt(): number {
    if (this.#agreement?.features.includes("ack")) return this.#settled;
    return this.#keeper?.newestPosition ?? 0;
  }

  #policy() {
    const { block, task } = this.#options.session;
    const version = this.#agreement?.version ?? 1;
    return restartPolicy(version, block.restart, task.restart);
  }

  /** The destination has confirmed, the state is stored, now the input is told. */
  #acknowledge(): void {
    if (this.#isFrozen) return;
    const told = this.#keeper?.storedUpTo(this.#settled) ?? this.#settled;
    const position = told - this.#base;
    if (position > 0) this.#session?.acknowledge(position);
  }

  #showProgress(progress: { message: string }): void {
    const { printable, onEvent } = this.#options.session;
    onEvent({
      kind: "progress",
      provider: this.#options.session.provider.name,
      label: this.#options.session.block.label,
      progress: { ...progress, message: printable(progress.message) },
    });
  }

  /**
   * A close of stdout without `end`: the exit status tells what it was.
   * @returns Why it died; `undefined` when that was the end of the data.
   */
  async #judgeClose(session: InputSession): Promise<DstreamError | undefined> {
    if (session.agreement.version < 2) session.process.closeStdin();
    await this.#awaitExit(session);
    if (this.#endedWell(session)) return undefined;
    return await processFailure(
      "provider.input_crashed",
      `input provider "${this.name}" ended in the middle of the stream`,
      session.process,
      this.#options.session.block,
    );
  }

  /** Half a line of a version 1 input that ended well, its line feed added. */
  #completeRest(session: InputSession): Uint8Array | undefined {
    const { rest } = session;
    if (rest.length === 0) return undefined;
    const isHelped = session.agreement.version < 2 &&
      session.process.status?.code === 0 && !this.#options.stopping.aborted;
    if (!isHelped) return this.#reportRest(session);
    const line = new Uint8Array(rest.length + 1);
    line.set(rest);
    line[rest.length] = 0x0a;
    return line;
  }

  #reportRest({ rest }: InputSession): undefined {
    if (rest.length === 0) return;
    this.#options.session.onEvent(halfLine(this.name, rest.length));
  }

  /** Waits for it to go, `shutdownGraceMs` from its last acknowledgement. */
  async #awaitExit({ process }: InputSession): Promise<void> {
    const { session, over, inFlight } = this.#options;
    const { shutdownGraceMs } = session.task;
    for (;;) {
      const settled = this.#settled;
      const gone = process.exitsWithin(shutdownGraceMs);
      if (await unlessAborted(gone, over)) return;
      if (inFlight() === 0 && this.#settled === settled) break;
    }
    session.onEvent(inputLingers(this.name, shutdownGraceMs));
    this.#wasEnded = true;
    process.terminate();
    if (!await process.exitsWithin(shutdownGraceMs)) process.kill();
    await process.exit;
  }

  #endedWell({ process }: InputSession): boolean {
    const { stopping, wasForced } = this.#options;
    const wasMade = this.#wasEnded || stopping.aborted || wasForced();
    return process.status?.code === 0 || wasMade;
  }
}

/** What comes after a stop, when nobody waits any more, is put away. */
async function orDisposed<T extends Disposable>(
  promise: Promise<T>,
  stopping: AbortSignal,
): Promise<T> {
  try {
    return await unlessAborted(promise, stopping);
  } catch (error) {
    if (stopping.aborted) {
      void promise.then((late) => late[Symbol.dispose]()).catch(() => {});
    }
    throw error;
  }
}
