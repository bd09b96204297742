/**
 * Watches tasks from outside, by their events and live counters.
 *
 * Nothing here touches the stream: events come when a provider starts, is ready
 * or ends, and counters are read when somebody asks. Whoever watches looks at
 * least once a second ({@link RunProbe.look}), which is how exactly the time of
 * the last acknowledgement is known.
 *
 * @module
 */

import type { Task } from "../config/task.ts";
import {
  type Counters,
  inFlight,
  NO_COUNTERS,
  type PipelineEvent,
  type RunOutcome,
} from "../pipeline/events.ts";
import type { Clock } from "../ports/mod.ts";
import type { Progress } from "../protocol/control.ts";
import { Rate } from "./rate.ts";
import type {
  Exit,
  GaugeSample,
  ProviderSample,
  RunSample,
  TaskSample,
  TaskState,
} from "./sample.ts";

/** A provider that dies all the time is not remembered in full. */
const REMEMBERED_EXITS = 20;

/** What is the same for all tasks of a run. */
export interface RunProbeOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs">;
  readonly pid: number;
  readonly version: string;
  readonly config: string;
}

/** Watches all tasks of one process. */
export class RunProbe {
  readonly #options: RunProbeOptions;
  readonly #tasks: TaskProbe[] = [];
  readonly #startedAtMs: number;
  readonly #startedMs: number;

  constructor(options: RunProbeOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.wallMs();
    this.#startedMs = options.clock.monotonicMs();
  }

  /** Begins to watch a task, which is about to start. */
  task(task: Task, runId: string): TaskProbe {
    const probe = new TaskProbe(task, runId, this.#options.clock);
    this.#tasks.push(probe);
    return probe;
  }

  /** Notices whether acknowledgements have moved. */
  look(): void {
    for (const task of this.#tasks) task.look();
  }

  sample(): RunSample {
    const { pid, version, config, clock } = this.#options;
    return {
      pid,
      version,
      config,
      startedAtMs: this.#startedAtMs,
      nowMs: clock.wallMs(),
      durationMs: clock.monotonicMs() - this.#startedMs,
      tasks: this.#tasks.map((task) => task.sample()),
    };
  }
}

/** Of all inputs of a task. */
const MAX_GAUGES = 256;

/** Watches one task: hand it the run's events, counters and outcome. */
export class TaskProbe {
  readonly #task: Task;
  readonly #runId: string;
  readonly #clock: RunProbeOptions["clock"];
  readonly #startedAtMs: number;
  readonly #startedMs: number;
  readonly #providers = new Map<string, ProviderProbe>();
  readonly #envelopes = new Rate();
  readonly #bytes = new Rate();
  #counters = NO_COUNTERS;
  #progress: Progress | undefined;
  /** By input. */
  readonly #lags = new Map<string, number>();
  /** By input, then by name. */
  readonly #gauges = new Map<string, GaugeSample>();
  #isStopping = false;
  #hasRun = false;
  #outcome: RunOutcome | undefined;
  #lastSettled = 0;
  #lastAckMs: number;
  #waitingSinceMs: number;

  constructor(task: Task, runId: string, clock: RunProbeOptions["clock"]) {
    this.#task = task;
    this.#runId = runId;
    this.#clock = clock;
    this.#startedAtMs = clock.wallMs();
    this.#startedMs = clock.monotonicMs();
    this.#lastAckMs = this.#waitingSinceMs = this.#startedMs;
  }

  onCounters(counters: Readonly<Counters>): void {
    this.#counters = counters;
  }

  onEvent(event: PipelineEvent): void {
    switch (event.kind) {
      case "starting":
      case "ready":
      case "exited":
        this.#providerOf(event).onEvent(event);
        this.#hasRun ||= this.#isReady;
        break;
      case "progress":
        this.#noteProgress(event);
        break;
      case "stopping":
        this.#isStopping = true;
    }
  }

  /** The run has ended; its counters stand still. */
  end(outcome: RunOutcome): void {
    this.#outcome = outcome;
    this.#counters = outcome.counters;
  }

  /** Notices whether acknowledgements have moved. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    const { settledEnvelopes } = this.#counters;
    const hasMoved = settledEnvelopes !== this.#lastSettled;
    if (hasMoved) this.#lastAckMs = nowMs;
    if (hasMoved || this.#inFlight === 0) this.#waitingSinceMs = nowMs;
    this.#lastSettled = settledEnvelopes;
  }

  sample(): TaskSample {
    this.look();
    const nowMs = this.#clock.monotonicMs();
    const counters = { ...this.#counters };
    const outcome = this.#outcome;
    return {
      task: this.#task.name,
      runId: this.#runId,
      state: this.#state,
      isUncounted: this.#task.plugin !== undefined,
      startedAtMs: this.#startedAtMs,
      durationMs: outcome?.durationMs ?? nowMs - this.#startedMs,
      counters,
      inFlight: this.#inFlight,
      envelopesPerSecond: this.#envelopes.at(nowMs, counters.readEnvelopes),
      bytesPerSecond: this.#bytes.at(nowMs, counters.readBytes),
      sinceAckMs: nowMs - this.#lastAckMs,
      waitingMs: nowMs - this.#waitingSinceMs,
      progress: this.#progress,
      lag: this.#lag,
      gauges: [...this.#gauges.values()],
      providers: [...this.#providers.values()].map((each) => each.sample()),
      error: outcome?.error,
      stoppedBy: outcome?.stoppedBy,
    };
  }

  get #inFlight(): number {
    return inFlight(this.#counters);
  }

  get #state(): TaskState {
    if (this.#outcome !== undefined) return this.#outcome.status;
    if (this.#isStopping) return "stopping";
    if (this.#isReady) return "running";
    return this.#hasRun ? "restarting" : "starting";
  }

  /** An output that says nothing is ready once it is being written to. */
  get #isReady(): boolean {
    const { inputs, outputs, deadLetter, plugin } = this.#task;
    const blocks = [
      ...inputs,
      ...outputs,
      ...deadLetter ? [deadLetter] : [],
      ...plugin ? [plugin.block] : [],
    ];
    const takes = this.#counters.handedEnvelopes > 0;
    let ready = 0;
    for (const { side, isAlive, isReady } of this.#providers.values()) {
      if (isAlive && (isReady || (takes && side === "output"))) ready++;
    }
    return ready >= blocks.length;
  }

  #noteProgress({ provider, label, progress }: ProgressEvent): void {
    if (progress.message !== "") this.#progress = progress;
    const { done, total, gauges } = progress;
    if (gauges !== undefined) this.#noteGauges(provider, label, gauges);
    if (done === undefined || total === undefined) return;
    const input = JSON.stringify([provider, label]);
    this.#lags.set(input, Math.max(0, total - done));
  }

  #noteGauges(
    provider: string,
    label: string | undefined,
    gauges: Readonly<Record<string, number>>,
  ): void {
    for (const [name, value] of Object.entries(gauges)) {
      const key = JSON.stringify([provider, label, name]);
      if (this.#gauges.size >= MAX_GAUGES && !this.#gauges.has(key)) continue;
      this.#gauges.set(key, { provider, label, name, value });
      if (name === "lag") {
        this.#lags.set(JSON.stringify([provider, label]), value);
      }
    }
  }

  get #lag(): number | undefined {
    if (this.#lags.size === 0) return undefined;
    return [...this.#lags.values()].reduce((sum, lag) => sum + lag);
  }

  #providerOf(event: ProviderEvent): ProviderProbe {
    const { side, label, provider } = event;
    const key = JSON.stringify([side, label, provider]);
    const known = this.#providers.get(key);
    if (known !== undefined) return known;
    const added = new ProviderProbe(event);
    this.#providers.set(key, added);
    return added;
  }
}

type ProviderEvent = Extract<
  PipelineEvent,
  { readonly kind: "starting" | "ready" | "exited" }
>;

type ProgressEvent = Extract<PipelineEvent, { readonly kind: "progress" }>;

class ProviderProbe {
  isAlive = true;
  isReady = false;
  readonly side: ProviderEvent["side"];
  readonly #label: string | undefined;
  readonly #provider: string;
  #pid = 0;
  #protocol: 0 | 1 | 2 | undefined;
  #starts = 0;
  #exits: Exit[] = [];

  constructor({ side, label, provider }: ProviderEvent) {
    this.side = side;
    this.#label = label;
    this.#provider = provider;
  }

  onEvent(event: ProviderEvent): void {
    switch (event.kind) {
      case "starting":
        this.#starts++;
        this.#pid = event.pid;
        this.isAlive = true;
        this.isReady = false;
        break;
      case "ready":
        this.isReady = true;
        this.#protocol = event.version;
        break;
      case "exited":
        this.isAlive = false;
        this.isReady = false;
        this.#exits.push({ code: event.code, signal: event.signal });
        if (this.#exits.length > REMEMBERED_EXITS) this.#exits.shift();
    }
  }

  sample(): ProviderSample {
    return {
      side: this.side,
      label: this.#label,
      provider: this.#provider,
      pid: this.#pid,
      isAlive: this.isAlive,
      isReady: this.isReady,
      protocol: this.#protocol,
      restarts: Math.max(0, this.#starts - 1),
      exits: [...this.#exits],
    };
  }
}
