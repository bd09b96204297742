/**
 * Talking to one output process: start line, handshake, envelopes, its words back.
 *
 * Stdout is read from the first moment on, also while we write to stdin. An output
 * that stays silent for `silentOutputWaitMs` is sent envelopes all the same; its
 * version stays open until its first line, or `readyTimeoutMs`, decides.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import {
  type FinalFailure,
  type OutputRecord,
  parseHandshake,
  parseOutputRecord,
  type Position,
  RECORD_SEPARATOR,
  type Rejection,
} from "../../protocol/mod.ts";
import type { Agreement, HandshakeJudge, Verdict } from "./handshake_judge.ts";
import { type OutputListener, OutputReader } from "./output_reader.ts";
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
import { TIMED_OUT, within } from "../wait.ts";

/**
 * What an output's words lead to. Calls come in the order of the words, also after
 * the process is gone, until `stdoutEnd`. What one of them throws fails the task.
 */
export interface OutputHandlers {
  /** Everything up to `position` is settled. */
  onAck(position: Position): void;
  onReject(rejection: Rejection): void;
  /** It can't go on, however often it is started. */
  onGivenUp(failure: FinalFailure): void;
  /** Once: the version is decided (or was not open); acknowledgements or none. */
  onDecided(agreement: Agreement): void;
  /** The next word is read when this has resolved. */
  onOwnOutput(bytes: Uint8Array): Promise<void>;
  /** The output broke the protocol. */
  onFailure(error: DstreamError): void;
}

/** What an output says at once: acknowledgements mostly, sometimes its own output. */
const READ_BYTES = 64 * 1024;

/** One output process that is ready, or silent. */
export class OutputSession implements AsyncDisposable {
  readonly process: ProviderProcess;
  /** Resolves when stdout was read to its end, 1 s after the exit at most. */
  readonly stdoutEnd: Promise<void>;
  readonly #options: SessionOptions;
  readonly #handlers: OutputHandlers;
  readonly #judge: HandshakeJudge;
  readonly #reader: OutputReader;
  readonly #disposed = new AbortController();
  readonly #decided = Promise.withResolvers<void>();
  #agreement: Agreement | undefined;
  #hasWritten = false;
  #wasSilent = false;

  /** Starts the provider and waits until it is ready or taken as such. */
  static async open(
    options: SessionOptions,
    handlers: OutputHandlers,
  ): Promise<OutputSession> {
    const session = new OutputSession(options, handlers);
    try {
      await session.#shakeHands();
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: SessionOptions, handlers: OutputHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { task } = options;
    const version = knownVersion(options);
    this.process = startProcess(options);
    this.#judge = createJudge(options);
    this.#decided.promise.catch(() => {});
    this.#reader = new OutputReader(this.#listener(), task.maxLineBytes);
    if (version === 0) {
      this.#reader.decideV1();
      this.#decide({ version: 0, features: [] });
    }
    this.stdoutEnd = this.#readStdout();
  }

  /** `undefined` while a silent output's version is open. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Hands lines over; resolves when the pipe has taken them. */
  write(lines: Uint8Array): Promise<void> {
    return this.process.write(lines);
  }

  /** Ends it: stdin is closed, then it is made to. */
  async end(graceMs: number): Promise<void> {
    if (this.process.status === undefined) {
      this.process.closeStdin();
      if (!await this.process.exitsWithin(graceMs)) this.process.terminate();
      if (!await this.process.exitsWithin(graceMs)) this.process.kill();
    }
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    await this.process.exit;
    this.#disposed.abort();
    // A user's stdout that takes nothing must not keep us.
    await within(this.stdoutEnd, LEFTOVER_MS, this.#options.clock);
    await this.process[Symbol.asyncDispose]();
  }

  async #shakeHands(): Promise<void> {
    const { block, clock, signal } = this.#options;
    this.process.write(runLine(this.#options)).catch(() => {});
    if (this.#agreement !== undefined) return;
    const ended = this.process.exit.then(() => this.stdoutEnd);
    const decided = Promise.race([this.#decided.promise, ended]);
    decided.catch(() => {});
    if (!this.#judge.isV2) {
      await within(decided, block.silentOutputWaitMs, clock, signal);
      if (this.#isSilent()) return this.#letItBeSilent();
    }
    const outcome = await within(decided, block.readyTimeoutMs, clock, signal);
    if (this.#agreement !== undefined) return;
    if (outcome === TIMED_OUT) {
      throw await notReady(this.#options, this.process);
    }
    throw await processFailure(
      "provider.ended_before_ready",
      `${describeProvider(this.#options)} ended before it was ready`,
      this.process,
      block,
    );
  }

  #isSilent(): boolean {
    return !this.#hasWritten && this.#agreement === undefined &&
      this.process.status === undefined;
  }

  /** It is sent envelopes; its first line, or the time for `ready`, decides. */
  #letItBeSilent(): void {
    this.#wasSilent = true;
    if (knownVersion(this.#options) === 1) {
      this.#reader.decideV1();
      return this.#decide({ version: 1, features: [] });
    }
    void this.#decideBySilence();
  }

  async #decideBySilence(): Promise<void> {
    const { block, clock } = this.#options;
    const leftMs = block.readyTimeoutMs - block.silentOutputWaitMs;
    try {
      await clock.sleep(Math.max(0, leftMs), this.#disposed.signal);
    } catch {
      return;
    }
    if (this.#agreement !== undefined) return;
    if (this.#judge.isV2) {
      this.#handlers.onFailure(await notReady(this.#options, this.process));
    } else this.#decide({ version: 1, features: [] });
  }

  #decide(agreement: Agreement): void {
    this.#agreement = agreement;
    if (agreement.version === 2) {
      this.#options.engine.enlargePipe(this.process.pid, "stdin");
    }
    this.#options.onEvent({
      kind: "ready",
      side: "output",
      provider: this.#options.provider.name,
      label: this.#options.block.label,
      ...agreement,
    });
    this.#handlers.onDecided(agreement);
    this.#decided.resolve();
  }

  async #readStdout(): Promise<void> {
    const source = this.#options.engine.openSource(this.process.stdout);
    // One for all reads: the runtime would allocate as much for each few bytes.
    let buffer = new ArrayBuffer(READ_BYTES);
    using guard = new LeftoverGuard(this.process.exit, this.#options.clock);
    try {
      for (;;) {
        const next = await guard.read(source.read(buffer, 0));
        if (next === undefined || next.lengthBytes === 0) break;
        buffer = next.buffer;
        this.#hasWritten = true;
        await this.#reader.push(new Uint8Array(buffer, 0, next.lengthBytes));
      }
      await this.#reader.end();
    } catch (error) {
      this.#fail(error);
    }
    await source.cancel().catch(() => {});
  }

  #fail(error: unknown): void {
    const failure = error instanceof DstreamError ? error : new DstreamError(
      "provider.output_unreadable",
      `cannot read from ${describeProvider(this.#options)}`,
      { cause: error },
    );
    if (this.#agreement === undefined) this.#decided.reject(failure);
    else this.#handlers.onFailure(failure);
  }

  #listener(): OutputListener {
    const judge = this.#judge;
    return {
      judge: (line) => this.#judgeLine(line),
      get isV2() {
        return judge.isV2;
      },
      onRecord: (text) => this.#handleRecord(parseOutputRecord(text)),
      onNoise: (line) => logNoise(this.#options, line),
      onOwnOutput: (bytes) => this.#handlers.onOwnOutput(bytes),
    };
  }

  #judgeLine(line: Uint8Array): Verdict {
    if (this.#agreement !== undefined) return this.#judgeLateLine(line);
    const verdict = this.#judge.judge(line);
    if (verdict.kind === "ready") this.#decide(verdict.agreement);
    if (verdict.kind === "legacy") this.#decide({ version: 1, features: [] });
    return verdict;
  }

  /** The first line of an output whose silence was taken for version 1. */
  #judgeLateLine(line: Uint8Array): Verdict {
    const isRecord = line[0] === RECORD_SEPARATOR;
    const handshake = isRecord
      ? undefined
      : parseHandshake(new TextDecoder().decode(line));
    const version = handshake?.status === "ready"
      ? handshake.protocol?.version ?? 1
      : 1;
    if (isRecord || version > 1) throw this.#tooLateForV2();
    if (handshake?.status === "error") return this.#judge.judge(line);
    if (handshake === undefined) return { kind: "legacy" };
    return { kind: "ready", agreement: { version: 1, features: [] } };
  }

  #tooLateForV2(): DstreamError {
    return new DstreamError(
      "protocol.version_too_late",
      `${
        describeProvider(this.#options)
      } said version 2 after its silence had been taken for version 1`,
      {
        at: this.#options.block.sourceAt,
        hint:
          "set protocol = 2 in its block, then it is waited for; or raise " +
          "ready_timeout",
      },
    );
  }

  #handleRecord(record: OutputRecord | undefined): void {
    if (record === undefined) return;
    if ("ack" in record) this.#handlers.onAck(record.ack);
    if ("reject" in record) this.#handlers.onReject(record.reject);
    if ("error" in record) this.#handlers.onGivenUp(record.error);
  }

  /** Whether it was taken for ready because it said nothing. */
  get wasSilent(): boolean {
    return this.#wasSilent;
  }
}
