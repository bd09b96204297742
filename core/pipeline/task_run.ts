/**
 * One run of one task with one input and one output.
 *
 * Every failure goes through {@link TaskRun.fail}: the first one counts and ends
 * all waiting. The order of the end is: the output has confirmed, the input is
 * told, the input goes.
 *
 * @module
 */

import { DstreamError } from "../errors.ts";
import type { InputRecord, Rejection } from "../protocol/mod.ts";
import { Ending } from "./ending.ts";
import { notAcknowledged, strayLines, stuck } from "./notices.ts";
import { InputState } from "./input_state.ts";
import type { StateKeeper } from "./state_keeper.ts";
import { createCleaner } from "./clean.ts";
import { type Engine, fastEngine, plainEngine } from "./engine.ts";
import type { Counters, RunOutcome } from "./events.ts";
import type { Agreement } from "./handshake_judge.ts";
import { InputSession } from "./input_session.ts";
import { LEFTOVER_MS } from "./leftover.ts";
import { Ledger } from "./ledger.ts";
import { OutputSession } from "./output_session.ts";
import type { ProviderProcess } from "./process.ts";
import { Relay } from "./relay.ts";
import type { RunTaskOptions, StopRequest } from "./run.ts";
import { knownVersion, type SessionOptions, startProcess } from "./session.ts";
import { StopTimeline } from "./stop.ts";
import { watchForStuckOutput } from "./stuck.ts";
import { UserOutput } from "./user_output.ts";
import { unlessAborted, within } from "./wait.ts";
import { ReplayWindow } from "./window.ts";

/** A run from start to end; see run.ts for how it is driven. */
export class TaskRun {
  readonly #options: RunTaskOptions;
  readonly #engine: Engine;
  readonly #window: ReplayWindow;
  readonly #ledger = new Ledger();
  readonly #counters: Counters;
  readonly #userOutput: UserOutput;
  /** Makes providers' text fit to be shown. */
  readonly #clean: (text: string) => string;
  readonly #timeline: StopTimeline;
  readonly #ending: Ending;
  /** Ends all waiting when the run has failed, with the failure as the reason. */
  readonly #failed = new AbortController();
  /** Ends the waiting for handshakes when the run is to stop or has failed. */
  readonly #opening = new AbortController();
  readonly #ended = new AbortController();
  readonly #outputEnded = Promise.withResolvers<void>();
  #loadingInput: ProviderProcess | undefined;
  #input: InputSession | undefined;
  #output: OutputSession | undefined;
  #relay: Relay | undefined;
  #state: InputState | undefined;
  #keeper: StateKeeper | undefined;
  /** A state that could not be saved in the end. */
  #lateFailure: DstreamError | undefined;
  #phase: "opening" | "streaming" | "draining" | "ended" = "opening";
  #stoppedBy: string | undefined;
  #hasWarnedOfStrays = false;
  /** `--max` is reached. */
  #hasEnough = false;

  constructor(options: RunTaskOptions) {
    this.#options = options;
    const { windowBytes, windowEnvelopes } = options.task.delivery;
    this.#engine = options.relay === "plain" ? plainEngine : fastEngine;
    this.#window = new ReplayWindow(
      this.#engine.createScanner(windowBytes),
      windowBytes,
      windowEnvelopes,
    );
    this.#counters = liveCounters(this.#ledger, this.#window);
    this.#clean = createCleaner(options);
    this.#userOutput = new UserOutput(
      options.userOutput,
      options.isTerminal,
      () => this.stop({ signal: "SIGPIPE", isUrgent: false }),
    );
    this.#timeline = new StopTimeline(
      options.task.shutdownGraceMs,
      options.clock,
      () =>
        [this.#input?.process, this.#output?.process]
          .filter((process) => process !== undefined),
    );
    this.#ending = this.#createEnding();
  }

  #createEnding(): Ending {
    const { task, onEvent } = this.#options;
    return new Ending({
      task,
      onEvent,
      ledger: this.#ledger,
      unlessFailed: (promise) => this.#unlessFailed(promise),
      wasStopped: () => this.#stoppedBy !== undefined || this.#hasEnough,
      wasForced: () => this.#timeline.hasForced,
    });
  }

  /** Starts both, moves everything, drains. Throws what failed the run. */
  async execute(): Promise<void> {
    this.#options.onCounters?.(this.#counters);
    void this.#watchForStuckOutput();
    try {
      await this.#open();
      if (this.#options.isDryRun || this.#stoppedBy !== undefined) return;
      await this.#stream(this.#input!, this.#output!);
      await this.#drain(this.#input!, this.#output!);
    } catch (error) {
      if (!this.#isBecauseOfStop) throw error;
    }
  }

  /** A stop before the stream, and what a made end leads to, are no failures. */
  get #isBecauseOfStop(): boolean {
    if (this.#stoppedBy === undefined) return false;
    return this.#phase === "opening" || this.#timeline.hasForced;
  }

  /** Stops the run in order; a second, urgent request kills. */
  stop(request: StopRequest): void {
    if (request.isUrgent) this.#timeline.killNow();
    if (this.#stoppedBy !== undefined || this.#phase === "ended") return;
    this.#stoppedBy = request.signal;
    this.#options.onEvent({ kind: "stopping", reason: request.signal });
    if (this.#phase === "opening") {
      this.#opening.abort(new DstreamError("run.stopped", "stopped"));
    } else if (this.#phase === "streaming") this.#input?.stop();
    void this.#timeline.begin();
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    this.#phase = "ended";
    const graceMs = this.#options.task.shutdownGraceMs;
    await Promise.all([
      this.#input?.end(graceMs),
      this.#output?.end(graceMs),
    ]);
    await this.#loadingInput?.[Symbol.asyncDispose]();
    this.#timeline[Symbol.dispose]();
    await this.#closeState();
    await within(this.#userOutput.close(), LEFTOVER_MS, this.#options.clock);
    this.#ended.abort();
  }

  /** What was settled before a failure or a stop is stored all the same. */
  async #closeState(): Promise<void> {
    this.#keeper?.settle(this.#ledger.settled);
    await this.#keeper?.flush().catch((error) => this.#lateFailure = error);
    this.#keeper?.[Symbol.dispose]();
    this.#state?.[Symbol.dispose]();
  }

  /** How it ended, without the time it took. */
  result(thrown: DstreamError | undefined): Omit<RunOutcome, "durationMs"> {
    const counters = { ...this.#counters };
    const error = thrown ?? this.#lateFailure;
    if (error !== undefined) return { status: "failed", error, counters };
    return this.#stoppedBy === undefined
      ? { status: "completed", counters }
      : { status: "stopped", stoppedBy: this.#stoppedBy, counters };
  }

  /**
   * The output first, so that nothing is produced that nobody can take. A version
   * 2 input does nothing before its start line, so its process may load meanwhile.
   */
  async #open(): Promise<void> {
    const inputOptions = this.#sessionOptions("input");
    if (knownVersion(inputOptions) === 2) {
      this.#loadingInput = startProcess(inputOptions);
    }
    this.#output = await OutputSession.open(this.#sessionOptions("output"), {
      onAck: (position) => this.#acknowledge(position),
      onReject: (rejection) => this.#reject(rejection),
      onDecided: (agreement) => this.#decide(agreement),
      onOwnOutput: (bytes) => this.#userOutput.write(bytes),
      onFailure: (error) => this.#fail(error),
    });
    void this.#watchOutput(this.#output);
    await this.#openInput(inputOptions);
    this.#phase = "streaming";
  }

  /** The input goes on from its stored state, which only one run may use. */
  async #openInput(options: SessionOptions): Promise<void> {
    const { stateStore: store, task, input, clock } = this.#options;
    const states = store === undefined
      ? undefined
      : await InputState.open(store, task.inputs[0], input.name);
    this.#state = states;
    this.#input = await InputSession.open(
      options,
      states?.resume,
      this.#loadingInput,
    );
    const usesState = this.#input.agreement.features.includes("state");
    if (usesState && !this.#options.isDryRun) {
      this.#keeper = await states?.keep(clock, (error) => this.#fail(error));
    }
  }

  /** Everything the input writes, up to the close of its stdout. */
  async #stream(input: InputSession, output: OutputSession): Promise<void> {
    this.#relay = this.#createRelay(input, output);
    this.#decide(output.agreement);
    const pumped = this.#relay.pump(input);
    pumped.catch(() => {});
    await this.#unlessFailed(this.#asOutputFailure(pumped));
    if (this.#relay.hasEnded) return void input.discard();
    await this.#ending.judgeClose(input);
    const rest = this.#ending.completeRest(input);
    if (rest === undefined) return;
    const forwarded = this.#relay.forwardAll(rest);
    await this.#unlessFailed(this.#asOutputFailure(forwarded));
  }

  /** The output delivers and goes, the input is told and goes. */
  async #drain(input: InputSession, output: OutputSession): Promise<void> {
    this.#phase = "draining";
    output.process.closeStdin();
    await this.#unlessFailed(this.#outputEnded.promise);
    await this.#ending.judgeOutput(output);
    await this.#keeper?.flush();
    input.acknowledge(this.#ledger.settledOfInput);
    input.process.closeStdin();
    await this.#ending.awaitInputExit(input);
    this.#ending.judgeInput(input);
  }

  #createRelay(input: InputSession, output: OutputSession): Relay {
    const { task, input: provider, maxEnvelopes } = this.#options;
    return new Relay({ write: (lines) => output.write(lines) }, {
      window: this.#window,
      ledger: this.#ledger,
      counters: this.#counters,
      signal: this.#failed.signal,
      hasRecords: input.agreement.version === 2,
      strayLines: input.agreement.version === 2
        ? "drop"
        : task.inputs[0].strayLines,
      inputName: provider.name,
      maxLineBytes: task.maxLineBytes,
      maxEnvelopes,
      handlers: {
        onRecord: (record) => this.#takeRecord(record),
        onStray: (line) => this.#logStray(line),
        onMoved: () => this.#tellInput(),
        onEnough: () => {
          this.#hasEnough = true;
          input.stop();
        },
      },
    });
  }

  #acknowledge(position: number): void {
    this.#guarded(() => {
      this.#ledger.acknowledge(position);
      this.#window.settle(this.#ledger.settled);
      this.#tellInput();
    });
  }

  /** Nowhere to put it: the task fails, and nothing past it is committed. */
  #reject(rejection: Rejection): void {
    this.#guarded(() => {
      const position = this.#ledger.reject(rejection.seq);
      this.#counters.rejectedEnvelopes++;
      const code = rejection.code === undefined ? "" : ` (${rejection.code})`;
      throw new DstreamError(
        "delivery.rejected",
        `output provider "${this.#options.output.name}" rejected envelope ` +
          `${position}: ${this.#clean(rejection.reason)}${code}`,
        { at: this.#options.task.outputs[0].sourceAt },
      );
    });
  }

  #decide(agreement: Agreement | undefined): void {
    if (agreement === undefined || agreement.version === 2) return;
    if (this.#relay === undefined) return;
    this.#relay.settleOnWrite();
    this.#options.onEvent(notAcknowledged(this.#options.output.name));
  }

  /** Acknowledges what is settled. The last word to an output without
   * acknowledgements is its exit status, so its last envelope waits for that. */
  #tellInput(): void {
    const { settled, settledOfInput, handed } = this.#ledger;
    this.#keeper?.settle(settled);
    const isFinal = settled === handed && this.#phase !== "streaming";
    const waitsForExit = this.#output?.agreement?.version !== 2 && isFinal;
    if (!waitsForExit) this.#input?.acknowledge(settledOfInput);
  }

  #takeRecord(record: InputRecord): void {
    if ("state" in record) {
      const { handed, settled } = this.#ledger;
      this.#keeper?.note(handed, record.state, settled);
    }
    if ("progress" in record) {
      const progress = {
        ...record.progress,
        message: this.#clean(record.progress.message),
      };
      const provider = this.#options.input.name;
      this.#options.onEvent({ kind: "progress", provider, progress });
    }
  }

  #logStray(line: Uint8Array): void {
    const text = new TextDecoder().decode(line.subarray(0, 1000)).trim();
    if (text === "") return;
    const provider = this.#options.input.name;
    if (!this.#hasWarnedOfStrays) {
      this.#hasWarnedOfStrays = true;
      this.#options.onEvent(strayLines(provider));
    }
    this.#options.onEvent({
      kind: "provider_log",
      side: "input",
      provider,
      level: "info",
      message: this.#clean(text),
      fields: {},
    });
  }

  #watchForStuckOutput(): Promise<void> {
    const { clock, onEvent, output } = this.#options;
    return watchForStuckOutput({
      clock,
      signal: this.#ended.signal,
      isWaiting: () =>
        this.#window.isFull ||
        (this.#phase === "draining" && this.#ledger.inFlight > 0),
      settled: () => this.#ledger.settled,
      onStuck: (forMs) =>
        onEvent(stuck(output.name, forMs, this.#ledger.inFlight)),
    });
  }

  /** Ends the run when the output goes before its time. */
  async #watchOutput(output: OutputSession): Promise<void> {
    const isV2 = () => output.agreement?.version === 2;
    await Promise.race([
      output.process.exit,
      output.stdoutEnd.then(() => isV2() ? undefined : output.process.exit),
    ]);
    if (!await output.process.exitsWithin(LEFTOVER_MS)) {
      // A version 2 output without stdout can't acknowledge any more.
      if (this.#phase !== "ended") output.process.kill();
    }
    await output.process.exit;
    await output.stdoutEnd;
    if (this.#phase === "opening" || this.#phase === "streaming") {
      this.#fail(await this.#ending.outputCrash(output));
    }
    this.#outputEnded.resolve();
  }

  /** A pipe that the output has closed is the output's crash, not ours. */
  async #asOutputFailure<T>(writing: Promise<T>): Promise<T> {
    try {
      return await writing;
    } catch (error) {
      const output = this.#output;
      if (error instanceof DstreamError || output === undefined) throw error;
      if (!await output.process.exitsWithin(LEFTOVER_MS)) output.process.kill();
      await output.process.exit;
      await output.stdoutEnd;
      this.#failed.signal.throwIfAborted();
      throw await this.#ending.outputCrash(output);
    }
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
    this.#opening.abort(error);
  }

  #unlessFailed<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.#failed.signal);
  }

  #sessionOptions(side: "input" | "output"): SessionOptions {
    const { task } = this.#options;
    return {
      ...this.#options,
      block: side === "input" ? task.inputs[0] : task.outputs[0],
      provider: this.#options[side],
      features: side === "output" || this.#options.stateStore === undefined
        ? ["ack"]
        : ["ack", "state"],
      engine: this.#engine,
      clean: this.#clean,
      signal: this.#opening.signal,
    };
  }
}

/** Counters that read the ledger and the window when they are looked at. */
function liveCounters(ledger: Ledger, window: ReplayWindow): Counters {
  return {
    readEnvelopes: 0,
    readBytes: 0,
    rejectedEnvelopes: 0,
    strayLines: 0,
    get handedEnvelopes() {
      return ledger.handed;
    },
    get settledEnvelopes() {
      return ledger.settled;
    },
    get windowBytes() {
      return window.usedBytes;
    },
    get isWindowFull() {
      return window.isFull;
    },
  };
}
