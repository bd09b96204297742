/**
 * One output of a task, whichever process plays it at the moment.
 *
 * What is handed over is held in the window until it is settled. When the process
 * dies a new one gets everything unsettled again; the inputs only notice
 * back-pressure.
 *
 * What is held and how far it is settled is settle/settling.ts; the processes are
 * output_life.ts.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import type { Random } from "../../ports/mod.ts";
import type { RawSchema } from "../../protocol/mod.ts";
import type { Origin, RelayLane } from "../relay/relay_ports.ts";
import { ReplayWindow } from "../relay/window.ts";
import type { Agreement } from "../session/handshake_judge.ts";
import type { ProviderProcess } from "../session/process.ts";
import { nameOf, type SessionOptions } from "../session/session.ts";
import type { AckLatency } from "../settle/ack_latency.ts";
import type { Ledger } from "../settle/ledger.ts";
import { type RejectedLine, Rejections } from "../settle/rejections.ts";
import { Settling } from "../settle/settling.ts";
import { unlessAborted } from "../wait.ts";
import { spoolFull } from "../notices.ts";
import { type OpenSpool, openSpool } from "./hold.ts";
import { OutputLife } from "./output_life.ts";

/** What an output lane tells the run. Nothing here is called after `over` fired. */
export interface OutputLaneHandlers {
  /** Something was settled: after every acknowledgement. It must not throw. */
  onSettled(): void;
  /**
   * Bytes of the output's own, in their order and one call at a time; while it waits
   * the output's stdout is not read. It must not reject.
   */
  onOwnOutput(bytes: Uint8Array): Promise<void>;
  /**
   * A line that can't ever be delivered: once for each, many at a time. It resolves
   * when the line has found its place; when it rejects, the run fails.
   */
  onRejected(rejected: RejectedLine): Promise<void>;
  /** The run can't go on. May be called more than once; the first counts. */
  onFailure(error: unknown): void;
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
  /** Whether there is a place for refused lines. */
  readonly canBury: boolean;
  readonly windowBytes?: number;
}

/** One output; see the module. */
export class OutputLane implements RelayLane {
  readonly window: ReplayWindow;
  readonly #options: OutputLaneOptions;
  readonly #settling: Settling;
  readonly #life: OutputLife;
  #spool: OpenSpool | undefined;
  handedBytes = 0;

  constructor(options: OutputLaneOptions) {
    this.#options = options;
    const { session, handlers, windowBytes } = options;
    const { task, engine, clock } = session;
    const capacity = windowBytes ?? task.delivery.windowBytes;
    this.window = new ReplayWindow(
      engine.createScanner(capacity),
      capacity,
      task.delivery.windowEnvelopes,
    );
    const rejections = new Rejections({
      line: (position) => this.#settling.held.line(position),
      onRejected: handlers.onRejected,
    });
    this.#settling = new Settling({
      window: this.window,
      clock,
      onSettled: () => {
        rejections.forget(this.ledger.settled);
        handlers.onSettled();
      },
    });
    this.#life = new OutputLife(options, {
      settling: this.#settling,
      rejections,
    });
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
    return this.#life.session?.process;
  }

  /** `undefined` while a silent output's version is open. */
  get agreement(): Agreement | undefined {
    return this.#life.agreement;
  }

  /** How far it is. */
  get ledger(): Ledger {
    return this.#settling.ledger;
  }

  /** How long envelopes wait for their acknowledgement. */
  get latency(): AckLatency {
    return this.#settling.latency;
  }

  /** The tables there were schemas of. */
  get tables(): readonly string[] {
    return this.#settling.schemas.tables;
  }

  /** How often the process was started again. */
  get restarts(): number {
    return this.#life.restarts;
  }

  /** Lines written again after a death. */
  get replayed(): number {
    return this.#life.replayed;
  }

  /** Starts the first process. */
  async open(): Promise<void> {
    await this.#life.open();
    const spool = await openSpool(this.#options.session, this.agreement);
    if (spool === undefined) return;
    this.#spool = spool;
    this.window.maxEnvelopes = Infinity;
    this.#settling.held.spoolTo(spool.files, (error) => {
      this.#options.session.onEvent(spoolFull(this.name, error));
    });
    this.#life.startFeeding();
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
    const needed = isStaged ? 0 : bytes.length;
    if (!this.window.fits(needed, lines)) {
      await this.window.room(needed, lines, this.#options.over);
    }
    if (this.#spool === undefined) {
      await this.#life.written;
      if (!this.#life.gate.isOpen) await this.#life.up();
    }
    if (!isStaged) this.window.stage(bytes);
    this.#settling.hand(bytes.length, lines, origin);
    this.handedBytes += bytes.length;
    if (this.#spool !== undefined) return this.#life.feed();
    this.#life.send(bytes, lines);
    if (this.#life.settlesOnWrite) await this.#settleWritten();
  }

  /** A schema at its place, for an output that knows such records. */
  async schema(schema: RawSchema): Promise<void> {
    if (!this.agreement?.features.includes("schema")) return;
    if (this.#spool !== undefined) {
      if (this.#settling.noteSchema(schema)) this.#life.feed();
      return;
    }
    await this.#life.written;
    if (!this.#life.gate.isOpen) await this.#life.up();
    const placed = this.#settling.noteSchema(schema);
    if (placed !== undefined) this.#life.sendSchema(placed);
  }

  /** Envelopes of which nothing came for this output. */
  tookOut(origin: Origin): void {
    this.#settling.tookOut(origin);
  }

  /** Lines of the task that were handed over: it gets all of them. */
  get handedLines(): number {
    return this.ledger.handed;
  }

  /** Lines of the task that are settled. */
  get settledLines(): number {
    return this.ledger.settled;
  }

  /** Which line of the task a line of the lane is. */
  lineOf(position: number): number {
    return position;
  }

  /** How many of an input's envelopes this output has settled. */
  settledOf(input: number): number {
    return this.#settling.settledOf(input);
  }

  /** Whether something waits for this output: room, a write, the end. */
  get isWaitedFor(): boolean {
    const { isFinishing, isWriting } = this.#life;
    const isV2 = this.agreement?.version === 2;
    const isEnding = isFinishing && (isV2 || this.ledger.inFlight > 0);
    // An output that doesn't read fills its pipe long before the window.
    return this.window.isFull || isWriting || isEnding;
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
    const { isFinishing, isWriting } = this.#life;
    // What is written and not counted is a schema.
    const isIdle = inFlight === 0 && !isFinishing && !isWriting;
    if (!isThere || !isWaiting || isIdle) return undefined;
    if (this.agreement?.version !== 2 || waitsForDeadLetters) return undefined;
    return `${process.pid} ${this.restarts} ${settled}`;
  }

  /** Resolves when a process takes envelopes. */
  up(): Promise<void> {
    return this.#life.up();
  }

  /** Resolves when what was handed over last is written. */
  flush(): Promise<void> {
    return this.#life.written;
  }

  /** No more will come: waits until everything is settled and the process gone. */
  finish(): Promise<void> {
    return this.#life.finish();
  }

  /** Waits until everything up to a position is settled. */
  async settledUpTo(position: number): Promise<void> {
    const settled = this.#settling.settledUpTo(position);
    await unlessAborted(settled, this.#options.over);
  }

  /** Kills the process of the moment, which is stuck: no envelope is to blame. */
  killStuck(): void {
    this.#life.killStuck();
  }

  /** Ends the process of the moment. */
  async end(graceMs: number): Promise<void> {
    await this.#life.end(graceMs);
    this.#spool?.[Symbol.dispose]();
  }

  /** Bytes in files. */
  get spooledBytes(): number {
    return this.#settling.held.spooledBytes;
  }

  /** What an output that holds back has been sent and not acknowledged. */
  get heldEnvelopes(): number | undefined {
    if (this.agreement?.hold === undefined) return undefined;
    return Math.max(0, this.ledger.sent - this.ledger.settled);
  }

  async #settleWritten(): Promise<void> {
    await this.#life.written;
    this.#settling.settleAll();
  }
}
