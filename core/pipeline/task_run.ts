/**
 * One run of one task: its lanes, and the order in which they begin and end.
 *
 * Every failure goes through one place: the first one counts and ends all waiting.
 * The order of the end is: the outputs have confirmed, the inputs are told, the
 * inputs go.
 *
 * @module
 */

import type { ProviderBlock } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import { TASK_TRANSFORMS, transformsOf } from "../base/letter_origin.ts";
import { enforceAckTimeout } from "./lanes/ack_timeout.ts";
import { createSecretHider } from "./session/hide_secrets.ts";
import { createPrintable } from "./session/printable.ts";
import { liveCounters } from "./counters.ts";
import { DeadLetters } from "./settle/dead_letters.ts";
import { OpenLetters } from "./settle/open_letters.ts";
import type { RejectedLine } from "./settle/rejections.ts";
import { type Engine, fastEngine, plainEngine } from "./relay/engine.ts";
import type { Counters, RunOutcome } from "./events.ts";
import { InputLane } from "./lanes/input_lane.ts";
import { LEFTOVER_MS } from "./session/leftover.ts";
import { ackTimeout, stuck } from "./notices.ts";
import { Branch, type BranchRefusal } from "./lanes/branch.ts";
import { OutputLane } from "./lanes/output_lane.ts";
import { Relay } from "./relay/relay.ts";
import type { RelayTransforms } from "./relay/relay_ports.ts";
import type { ProviderLaunch, RunTaskOptions, StopRequest } from "./run.ts";
import {
  knownVersion,
  type SessionOptions,
  startProcess,
} from "./session/session.ts";
import { SharedStateStore } from "./states/shared_state_store.ts";
import { StopTimeline } from "./stop.ts";
import { watchForStuckOutput } from "./lanes/stuck.ts";
import { LeftOut, type LineRange } from "./settle/left_out.ts";
import { faultOfLine } from "./settle/line_fault.ts";
import { Tally } from "./settle/tally.ts";
import { UserOutput } from "./session/user_output.ts";
import { unlessAborted, within } from "./wait.ts";

const DEAD_LETTER_HINT =
  "with a dead_letter block such envelopes are kept and the task goes on";

/** Whose letter it is, and what follows. */
interface KeptLetter {
  readonly input: number;
  /** As that input counts. */
  readonly position: number;
  /** Who refused it. */
  readonly from: string;
  readonly onStored: () => void;
}

/** A run from start to end; see run.ts for how it is driven. */
export class TaskRun {
  readonly #options: RunTaskOptions;
  readonly #engine: Engine;
  readonly #printable: (text: string) => string;
  readonly #hideSecrets: (text: string) => string;
  readonly #outputs: readonly OutputLane[];
  /** What the relay hands to: the outputs, some behind transforms of their own. */
  readonly #entrances: readonly (OutputLane | Branch)[];
  readonly #inputs: readonly InputLane[];
  readonly #deadLetters: DeadLetters | undefined;
  #deadLetterLane: OutputLane | undefined;
  readonly #counters: Counters;
  readonly #tally = new Tally();
  /** What the transforms refused. */
  readonly #letters = new OpenLetters();
  readonly #userOutput: UserOutput;
  readonly #timeline: StopTimeline;
  /** Ends all waiting, with the failure as the reason. */
  readonly #failed = new AbortController();
  /** A stop was asked for. */
  readonly #stopping = new AbortController();
  /** Inputs need send no more: a stop, or `--max`. */
  readonly #enough = new AbortController();
  readonly #ended = new AbortController();
  #phase: "opening" | "streaming" | "draining" | "ended" = "opening";
  #stoppedBy: string | undefined;
  /** A state that could not be saved in the end. */
  #lateFailure: DstreamError | undefined;

  constructor(options: RunTaskOptions) {
    this.#options = options;
    this.#engine = options.relay === "plain" ? plainEngine : fastEngine;
    this.#printable = createPrintable(options);
    this.#hideSecrets = createSecretHider(options.secrets);
    this.#timeline = this.#createTimeline();
    this.#outputs = this.#createOutputs();
    this.#entrances = this.#createEntrances();
    this.#deadLetters = this.#createDeadLetters();
    this.#inputs = this.#createInputs();
    this.#counters = liveCounters(
      this.#outputs,
      this.#entrances,
      this.#inputs,
      this.#tally,
    );
    this.#userOutput = new UserOutput(
      options.userOutput,
      options.isTerminal,
      () => this.#stopForNobody(),
    );
  }

  /** Starts everything, moves everything, drains. Throws what failed the run. */
  async execute(): Promise<void> {
    this.#options.onCounters?.(this.#counters);
    this.#watchForStuckOutputs();
    this.#enforceAckTimeouts();
    try {
      await this.#open();
      if (this.#options.isDryRun || this.#stoppedBy !== undefined) return;
      await this.#stream();
      await this.#drain();
    } catch (error) {
      if (!this.#isBecauseOfStop(error)) throw error;
    }
  }

  /** Stops the run in order; a second, urgent request kills. */
  stop(request: StopRequest): void {
    if (request.isUrgent) this.#timeline.killNow();
    if (this.#stoppedBy !== undefined || this.#phase === "ended") return;
    this.#stoppedBy = request.signal;
    this.#options.onEvent({ kind: "stopping", reason: request.signal });
    const reason = new DstreamError("run.stopped", "stopped");
    this.#stopping.abort(reason);
    this.#enough.abort(reason);
    if (this.#phase === "streaming") this.#stopInputs();
    void this.#timeline.begin();
  }

  /**
   * Nobody reads any more: what the output says from now on has not arrived, so
   * neither it nor its acknowledgements may count.
   */
  #stopForNobody(): void {
    for (const input of this.#inputs) input.freeze();
    this.stop({ signal: "SIGPIPE", isUrgent: true });
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    this.#phase = "ended";
    this.#failed.abort(new DstreamError("run.over", "the run is over"));
    const graceMs = this.#options.task.shutdownGraceMs;
    const lanes = [...this.#inputs, ...this.#outputs, this.#deadLetterLane];
    const ends = lanes.map((lane) => lane?.end(graceMs));
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === "rejected") this.#lateFailure ??= end.reason;
    }
    this.#timeline[Symbol.dispose]();
    await within(this.#userOutput.close(), LEFTOVER_MS, this.#options.clock);
    this.#ended.abort();
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
   * The states before all, for another run may have them. Then the outputs, so that nothing is produced that nobody can take. A version
   * 2 input does nothing before its start line, so its process may load meanwhile.
   */
  async #open(): Promise<void> {
    const { task, inputs } = this.#options;
    await this.#all(this.#inputs.map((lane) => lane.openState()));
    for (const [i, lane] of this.#inputs.entries()) {
      const session = this.#session(task.inputs[i], inputs[i], []);
      if (knownVersion(session) === 2) lane.load(startProcess(session));
    }
    await this.#all(this.#outputs.map((lane) => lane.open()));
    await this.#deadLetters?.open();
    await this.#all(this.#inputs.map((lane) => lane.open()));
    this.#phase = "streaming";
  }

  /** Everything the inputs send, up to the end of the last of them. */
  async #stream(): Promise<void> {
    const relay = new Relay({
      lanes: this.#entrances,
      transforms: this.#transforms(),
      counters: this.#counters,
      over: this.#failed.signal,
      maxLineBytes: this.#options.task.maxLineBytes,
      maxEnvelopes: this.#options.maxEnvelopes,
      onEnough: () => this.#endInputs(),
    });
    await this.#all(this.#inputs.map((lane) => lane.run(relay)));
  }

  /** The outputs deliver and go, the inputs are told and go. */
  async #drain(): Promise<void> {
    this.#phase = "draining";
    await this.#all(this.#outputs.map((lane) => lane.finish()));
    await this.#letters.allStored(this.#failed.signal);
    await this.#deadLetterLane?.finish();
    this.#tellInputs();
    await this.#all(this.#inputs.map((lane) => lane.finish()));
  }

  #createTimeline(): StopTimeline {
    const { task, clock } = this.#options;
    return new StopTimeline(
      task.shutdownGraceMs,
      clock,
      () =>
        [...this.#inputs, ...this.#outputs, this.#deadLetterLane]
          .map((lane) => lane?.process)
          .filter((process) => process !== undefined),
    );
  }

  #createOutputs(): OutputLane[] {
    const { task, outputs } = this.#options;
    return task.outputs.map((block, i) =>
      this.#createOutput(
        block,
        outputs[i],
        (rejected, lane) =>
          this.#reject(
            rejected,
            this.#entrances[i].lineOf(rejected.position),
            lane,
          ),
      )
    );
  }

  #createEntrances(): (OutputLane | Branch)[] {
    const { outputTransformers = [] } = this.#options;
    const leftOut = new LeftOut(this.#outputs.length);
    const areAllFiltered = this.#outputs.every((_, i) => outputTransformers[i]);
    return this.#outputs.map((lane, i) => {
      const transformer = outputTransformers[i];
      if (transformer === undefined) return lane;
      return new Branch({
        lane,
        transformer,
        keepsRejected: this.#options.deadLetter !== undefined,
        onRejected: (rejected) => this.#refuseFor(lane, rejected),
        onTookOut: (end, ranges) => {
          if (areAllFiltered) this.#leaveOut(leftOut.note(i, end, ranges));
        },
      });
    });
  }

  /** No output gets these. */
  #leaveOut(ranges: readonly LineRange[]): void {
    this.#tally.leaveOut(ranges);
    for (const { start, end } of ranges) {
      this.#counters.filteredEnvelopes += end - start;
    }
  }

  #createOutput(
    block: ProviderBlock,
    provider: ProviderLaunch,
    onRejected: (rejected: RejectedLine, lane: OutputLane) => Promise<void>,
    windowBytes?: number,
  ): OutputLane {
    const lane: OutputLane = new OutputLane({
      session: this.#session(block, provider, ["ack", "schema"]),
      random: this.#options.random,
      over: this.#failed.signal,
      stopping: this.#stopping.signal,
      wasForced: () => this.#timeline.hasForced,
      canBury: block.label !== "dead_letter" &&
        this.#options.deadLetter !== undefined,
      windowBytes,
      handlers: {
        onSettled: () => this.#tellInputs(),
        onOwnOutput: (bytes) => this.#userOutput.write(bytes),
        onRejected: (rejected) => onRejected(rejected, lane),
        onFailure: (error) => this.#fail(error),
      },
    });
    return lane;
  }

  /** Its own rejections have nowhere to go, so they fail the task. */
  #createDeadLetters(): DeadLetters | undefined {
    const { task, deadLetter, runId, clock } = this.#options;
    if (task.deadLetter === undefined || deadLetter === undefined) return;
    const refuse = (rejected: RejectedLine, lane: OutputLane) =>
      Promise.reject(this.#rejection(rejected, lane));
    // A dead letter may be a third longer than the longest line.
    const windowBytes = Math.max(
      task.delivery.windowBytes,
      4 * task.maxLineBytes,
    );
    // Without acknowledgements it is of no use: no silence is taken for them.
    const { readyTimeoutMs } = task.deadLetter;
    const lane = this.#createOutput(
      {
        ...task.deadLetter,
        // An output may be played by the same provider: they are told apart.
        label: "dead_letter",
        silentOutputWaitMs: readyTimeoutMs,
      },
      deadLetter,
      refuse,
      windowBytes,
    );
    this.#deadLetterLane = lane;
    return new DeadLetters({
      lane,
      provider: deadLetter.name,
      over: this.#failed.signal,
      task: task.name,
      runId,
      clock,
    });
  }

  #createInputs(): InputLane[] {
    const { task, inputs, random, stateStore, isDryRun } = this.#options;
    const features = stateStore === undefined
      ? ["ack", "schema"]
      : ["ack", "state", "schema"];
    const states = stateStore && new SharedStateStore(stateStore);
    return task.inputs.map((block, index) =>
      new InputLane({
        index,
        session: this.#session(block, inputs[index], features),
        random,
        stateStore: states?.of(block.label ?? "input"),
        over: this.#failed.signal,
        stopping: this.#enough.signal,
        wasForced: () => this.#timeline.hasForced,
        outputsUp: async () => {
          await Promise.all(this.#outputs.map((lane) => lane.up()));
        },
        inFlight: () =>
          Math.max(
            this.#letters.count,
            ...this.#outputs.map((lane) => lane.ledger.inFlight),
          ),
        onFailure: (error) => this.#fail(error),
        onGivenUp: () => this.#endInputs(),
        isDryRun: isDryRun ?? false,
      })
    );
  }

  #session(
    block: ProviderBlock,
    provider: ProviderLaunch,
    features: readonly string[],
  ): SessionOptions {
    return {
      ...this.#options,
      block,
      provider,
      features,
      engine: this.#engine,
      printable: this.#printable,
      signal: AbortSignal.any([this.#failed.signal, this.#stopping.signal]),
    };
  }

  /** A rejected line: a dead letter, or the end of the task. */
  async #reject(
    rejected: RejectedLine,
    line: number,
    lane: OutputLane,
  ): Promise<void> {
    this.#tally.refuse(line);
    if (this.#deadLetters === undefined) throw this.#rejection(rejected, lane);
    await this.#deadLetters.store(this.#withoutSecrets(rejected), lane.name);
    this.#tally.store(line);
  }

  /** What an output's own transforms refuse is a dead letter of that output alone. */
  async #refuseFor(lane: OutputLane, rejected: BranchRefusal): Promise<void> {
    const { position, input, inputPosition } = rejected;
    this.#tally.refuse(position);
    const place = this.#deadLetters;
    if (place === undefined) throw this.#refusalFor(lane, rejected);
    void this.#keep(place, rejected, {
      input,
      position: inputPosition,
      from: transformsOf(lane.name),
      onStored: () => this.#tally.store(position),
    });
    await this.#letters.room(this.#failed.signal);
  }

  /** What the transforms refuse goes the way of what an output refuses. */
  #transforms(): RelayTransforms | undefined {
    const { transformer } = this.#options;
    if (transformer === undefined) return undefined;
    return {
      transformer,
      keepsRejected: this.#deadLetters !== undefined,
      onRejected: async (rejected, source) => {
        this.#tally.rejected++;
        const place = this.#deadLetters;
        if (place === undefined) throw this.#refusal(rejected, source.name);
        void this.#keep(place, rejected, {
          input: source.index,
          position: rejected.position,
          from: TASK_TRANSFORMS,
          onStored: () => this.#tally.deadLettered++,
        });
        await this.#letters.room(this.#failed.signal);
      },
    };
  }

  /** Until the letter is stored, nothing behind its envelope is settled. */
  async #keep(
    place: DeadLetters,
    rejected: RejectedLine,
    { input, position, from, onStored }: KeptLetter,
  ): Promise<void> {
    const lengthBytes = rejected.line.length;
    const letter = { input, position, from, lengthBytes };
    this.#letters.add(letter);
    try {
      await place.store(this.#withoutSecrets(rejected), from);
      onStored();
      this.#letters.stored(letter);
      this.#tellInputs();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Dead letters lie in files that others may read. */
  #withoutSecrets(rejected: RejectedLine): RejectedLine {
    const { reason, code } = rejected;
    return {
      ...rejected,
      reason: this.#hideSecrets(reason),
      code: code && this.#hideSecrets(code),
    };
  }

  #refusal({ position, reason, code }: RejectedLine, input: string) {
    return new DstreamError(
      "delivery.rejected",
      `the transforms refuse envelope ${position} of input provider ` +
        `"${input}": ${this.#printable(reason)} (${code})`,
      { at: this.#options.task.at, hint: DEAD_LETTER_HINT },
    );
  }

  #refusalFor({ name, block }: OutputLane, { reason, code }: RejectedLine) {
    return new DstreamError(
      "delivery.rejected",
      `the transforms of output "${name}" refuse an envelope: ` +
        `${this.#printable(reason)} (${code})`,
      { at: block.at, hint: DEAD_LETTER_HINT },
    );
  }

  #rejection(
    { line, position, reason, code, details }: RejectedLine,
    lane: OutputLane,
  ): DstreamError {
    const fault = faultOfLine(line);
    if (fault !== undefined) return this.#noEnvelope(fault, position, lane);
    const why = this.#printable(reason) +
      (code === undefined ? "" : ` (${code})`);
    return new DstreamError(
      "delivery.rejected",
      `output provider "${lane.name}" rejected envelope ${position}: ${why}`,
      { at: lane.block.sourceAt, hint: DEAD_LETTER_HINT, details },
    );
  }

  /** The input's mistake, whoever found it. */
  #noEnvelope(
    fault: string,
    position: number,
    lane: OutputLane,
  ): DstreamError {
    const [input, another] = this.#inputs;
    const who = another === undefined
      ? `input provider "${input.name}"`
      : "one of the input providers";
    return new DstreamError(
      "delivery.rejected",
      `${who} wrote a line that is no envelope: ${fault}; output provider ` +
        `"${lane.name}" rejected it as envelope ${position}`,
      { at: input.block.sourceAt, hint: DEAD_LETTER_HINT },
    );
  }

  /** An envelope is settled when every output has settled it. */
  #tellInputs(): void {
    for (const input of this.#inputs) {
      const settled = this.#outputs.map((lane) => lane.settledOf(input.index));
      input.settle(Math.min(this.#letters.limit(input.index), ...settled));
    }
  }

  /** Whatever they still could send, no more is wanted. */
  #endInputs(): void {
    this.#enough.abort();
    this.#stopInputs();
  }

  #stopInputs(): void {
    for (const input of this.#inputs) input.stop();
  }

  #watchForStuckOutputs(): void {
    const { clock, onEvent } = this.#options;
    for (const lane of this.#outputs) {
      void watchForStuckOutput({
        clock,
        signal: this.#ended.signal,
        isWaiting: () => lane.isWaitedFor,
        settled: () => lane.ledger.settled,
        onStuck: (forMs) => {
          const heldMs = lane.agreement?.hold?.delay_ms ?? 0;
          if (forMs < 2 * heldMs) return;
          onEvent(stuck(lane.name, forMs, lane.ledger.inFlight));
        },
      });
    }
  }

  /** Off unless the task says so. */
  #enforceAckTimeouts(): void {
    const { task: { ackTimeoutMs }, clock, onEvent } = this.#options;
    if (ackTimeoutMs === undefined) return;
    for (const lane of [...this.#outputs, this.#deadLetterLane]) {
      if (lane === undefined) continue;
      const isEager = lane === this.#deadLetterLane;
      void enforceAckTimeout({
        timeoutMs: ackTimeoutMs,
        clock,
        signal: this.#ended.signal,
        awaited: () => lane.awaited({ isEager }),
        onTimeout: () => {
          onEvent(ackTimeout(lane.name, ackTimeoutMs));
          lane.killStuck();
        },
      });
    }
  }

  /** A stop before the stream is no failure, and neither is what a forced end breaks. */
  #isBecauseOfStop(error: unknown): boolean {
    if (this.#stoppedBy === undefined) return false;
    const isStop = error instanceof DstreamError &&
      error.code === "run.stopped";
    return isStop || this.#phase === "opening" || this.#timeline.hasForced;
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
  }

  async #all(promises: readonly Promise<void>[]): Promise<void> {
    const all = Promise.all(promises);
    all.catch(() => {});
    await unlessAborted(all, this.#failed.signal);
  }
}
