/**
 * Talking to one input process: start line, handshake, acknowledgements, stop.
 *
 * Some inputs of version 1 read stdin to its end before they print anything, and
 * inputs of version 2 need it open. So where the version is not known beforehand
 * stdin is closed after `stdinGraceMs`; a version 2 input that lost this race is
 * started once more with stdin kept open.
 *
 * @module
 */

import {
  ENVELOPE_START,
  formatControl,
  type Json,
  LINE_FEED,
  type Position,
  RECORD_SEPARATOR,
} from "../../protocol/mod.ts";
import type { Agreement, HandshakeJudge } from "./handshake_judge.ts";
import { LEFTOVER_MS, LeftoverGuard } from "./leftover.ts";
import type { ProviderProcess } from "./process.ts";
import {
  createJudge,
  describeProvider,
  knownVersion,
  logNoise,
  notReady,
  processFailure,
  runLine,
  type SessionOptions,
  startProcess,
} from "./session.ts";
import { StrayLog } from "./stray_log.ts";
import { TIMED_OUT, within } from "../wait.ts";
import { WholeLines } from "../relay/whole_lines.ts";

/** A version 2 input found its stdin closed: start it again, stdin kept open. */
class LostRaceError extends Error {}

/** One input process that is ready. */
export class InputSession implements AsyncDisposable {
  readonly process: ProviderProcess;
  readonly strays: StrayLog;
  readonly #options: SessionOptions;
  readonly #lines: WholeLines;
  readonly #judge: HandshakeJudge;
  #agreement: Agreement = { version: 0, features: [] };
  #leftover: Uint8Array | undefined;
  #wasClosedByGrace = false;
  /** A read that the handshake began. */
  #reading: Promise<Uint8Array | undefined> | undefined;
  #isDecided = false;
  #hasEarlyStrays = false;
  #newestAck = 0;
  #sentAck = 0;
  #isSendingAck = false;
  #hasHadLastAck = false;
  readonly #guard: LeftoverGuard;

  /**
   * Waits until the provider is ready.
   * @param process Started already, or to be started now.
   */
  static async open(
    options: SessionOptions,
    resume?: Json,
    process: ProviderProcess = startProcess(options),
  ): Promise<InputSession> {
    try {
      return await InputSession.#attempt(options, process, false, resume);
    } catch (error) {
      if (!(error instanceof LostRaceError)) throw error;
      const again = startProcess(options);
      return await InputSession.#attempt(options, again, true, resume);
    }
  }

  static async #attempt(
    options: SessionOptions,
    process: ProviderProcess,
    keepsStdinOpen: boolean,
    resume?: Json,
  ): Promise<InputSession> {
    const session = new InputSession(options, process);
    try {
      await session.#shakeHands(keepsStdinOpen, resume);
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: SessionOptions, process: ProviderProcess) {
    this.#options = options;
    this.process = process;
    this.strays = new StrayLog(options);
    const { engine, task } = options;
    engine.enlargePipe(this.process.pid, "stdout");
    this.#lines = new WholeLines(engine.openSource(this.process.stdout), {
      chunkBytes: Math.min(
        engine.chunkBytes,
        Math.floor(task.delivery.windowBytes / 2),
      ),
      maxLineBytes: task.maxLineBytes,
    });
    this.#judge = createJudge(options);
    this.#guard = new LeftoverGuard(this.process.exit, options.clock);
  }

  /** What was agreed in the handshake. */
  get agreement(): Agreement {
    return this.#agreement;
  }

  /** What came after the last line feed; complete once `next` returned nothing. */
  get rest(): Uint8Array {
    return this.#lines.rest;
  }

  /** Whole lines, valid until the next call but one; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const leftover = this.#leftover;
    this.#leftover = undefined;
    if (leftover !== undefined && leftover.length > 0) return leftover;
    const reading = this.#reading ?? this.#read();
    this.#reading = undefined;
    return await reading;
  }

  /**
   * Everything up to `position` is settled. Only the newest is kept while the
   * input does not read; never waits.
   */
  acknowledge(position: Position): void {
    if (!this.#agreement.features.includes("ack")) return;
    this.#newestAck = Math.max(this.#newestAck, position);
    if (!this.#isSendingAck) void this.#sendAcks();
  }

  /** Closes stdin behind the last acknowledgement. */
  closeStdin(): void {
    this.#hasHadLastAck = true;
    if (!this.#isSendingAck) this.process.closeStdin();
  }

  /** Reads and forgets whatever it still writes, so that it can't hang in a write. */
  async discard(): Promise<void> {
    try {
      while (await this.next() !== undefined);
    } catch {
      // Over either way.
    }
  }

  /** Asks it to produce no more. */
  stop(): void {
    if (this.#agreement.version === 2) {
      this.process.write(formatControl({ stop: true })).catch(() => {});
    } else {
      this.process.terminate();
    }
  }

  /** Ends it: asked first, then made to. What it still writes is lost. */
  async end(graceMs: number): Promise<void> {
    if (this.process.status === undefined) {
      this.stop();
      this.process.closeStdin();
      await this.#lines.cancel();
      if (!await this.process.exitsWithin(graceMs)) this.process.terminate();
      if (!await this.process.exitsWithin(graceMs)) this.process.kill();
    }
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    this.#guard[Symbol.dispose]();
    await this.#lines.cancel();
    await this.process[Symbol.asyncDispose]();
  }

  async #shakeHands(keepsStdinOpen: boolean, resume?: Json): Promise<void> {
    const { block, clock, signal } = this.#options;
    const version = knownVersion(this.#options);
    this.process.write(runLine(this.#options, resume)).catch(() => {});
    if (version === 0 || version === 1) this.process.closeStdin();
    if (version === 0) return this.#becomeReady({ version: 0, features: [] });

    const shaken = new AbortController();
    const grace = AbortSignal.any([shaken.signal, signal]);
    if (version === undefined && !keepsStdinOpen) {
      void this.#closeStdinAfter(block.stdinGraceMs, grace);
    }
    try {
      const agreed = this.#readHandshake();
      agreed.catch(() => {});
      const outcome = await within(agreed, block.readyTimeoutMs, clock, signal);
      if (outcome !== TIMED_OUT) return;
      if (!this.#hasEarlyStrays) {
        throw await notReady(this.#options, this.process);
      }
      this.#becomeReady({ version: 1, features: [] });
    } finally {
      shaken.abort();
    }
  }

  async #closeStdinAfter(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(delayMs, signal);
    } catch {
      return;
    }
    if (this.#judge.isV2) return;
    this.#wasClosedByGrace = true;
    this.process.closeStdin();
  }

  /** Reads lines until one decides; what follows it is the stream. */
  async #readHandshake(): Promise<void> {
    for (;;) {
      const chunk = await (this.#reading ??= this.#read());
      if (this.#isDecided) return; // by time; next() takes what was read
      this.#reading = undefined;
      if (chunk === undefined) return await this.#endedEarly();
      for (let start = 0; start < chunk.length;) {
        const end = chunk.indexOf(LINE_FEED, start);
        const rest = this.#judgeLine(chunk.subarray(start, end))?.rest;
        if (rest !== undefined) {
          const from = rest === "this line too" ? start : end + 1;
          this.#leftover = chunk.subarray(from);
          return;
        }
        start = end + 1;
      }
    }
  }

  /** @returns Where the stream begins, once a line has decided. */
  #judgeLine(
    line: Uint8Array,
  ): { readonly rest: "this line too" | "behind it" } | undefined {
    if (this.#isEarlyStray(line)) {
      this.#hasEarlyStrays = true;
      this.strays.log(line);
      return undefined;
    }
    const verdict = this.#judge.judge(line);
    const isV2 = this.#judge.isV2 ||
      (verdict.kind === "ready" && verdict.agreement.version === 2);
    if (isV2 && this.#wasClosedByGrace) throw new LostRaceError();
    if (verdict.kind === "noise") logNoise(this.#options, line);
    if (verdict.kind === "ready") {
      this.#becomeReady(verdict.agreement);
      return { rest: "behind it" };
    }
    if (verdict.kind !== "legacy") return undefined;
    this.#becomeReady({ version: 1, features: [] });
    return { rest: "this line too" };
  }

  /** A greeting printed before the handshake is no envelope and decides nothing. */
  #isEarlyStray(line: Uint8Array): boolean {
    const isDropped = this.#options.block.strayLines === "drop";
    return isDropped && !this.#judge.isV2 && line[0] !== ENVELOPE_START &&
      line[0] !== RECORD_SEPARATOR;
  }

  #read(): Promise<Uint8Array | undefined> {
    return this.#guard.read(this.#lines.next());
  }

  #becomeReady(agreement: Agreement): void {
    this.#isDecided = true;
    this.#agreement = agreement;
    if (agreement.version < 2) this.process.closeStdin();
    this.#options.onEvent({
      kind: "ready",
      side: "input",
      provider: this.#options.provider.name,
      label: this.#options.block.label,
      ...agreement,
    });
  }

  async #endedEarly(): Promise<void> {
    // Half a line and no more: a version 1 input without a handshake.
    if (this.rest.length > 0 && !this.#judge.isV2) {
      return this.#becomeReady({ version: 1, features: [] });
    }
    await within(this.process.exit, LEFTOVER_MS, this.#options.clock);
    const endedWell = this.process.status?.code === 0;
    if (endedWell && this.#hasEarlyStrays) {
      return this.#becomeReady({ version: 1, features: [] });
    }
    if (endedWell && this.#wasClosedByGrace) throw new LostRaceError();
    throw await processFailure(
      "provider.ended_before_ready",
      `${describeProvider(this.#options)} ended before it was ready`,
      this.process,
      this.#options.block,
    );
  }

  async #sendAcks(): Promise<void> {
    this.#isSendingAck = true;
    try {
      while (this.#sentAck < this.#newestAck) {
        const ack = this.#newestAck;
        await this.process.write(formatControl({ ack }));
        this.#sentAck = ack;
      }
    } catch {
      // An input that has closed its stdin wants no acknowledgements.
    }
    this.#isSendingAck = false;
    if (this.#hasHadLastAck) this.process.closeStdin();
  }
}
