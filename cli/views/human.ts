/**
 * Shows runs to a person: log lines, a live status line, an end line.
 *
 * On a terminal progress is part of the status line; in a pipe it is a log line,
 * at most one every ten seconds, so that a log stays readable; and every thirty
 * seconds there is a line with the counters, so that a silent run is known to live.
 *
 * @module
 */

import type { DstreamError } from "../../core/base/errors.ts";
import type { Counters, PipelineEvent } from "../../core/pipeline/events.ts";
import type { Progress } from "../../core/protocol/control.ts";
import type { Clock } from "../../core/ports/mod.ts";
import type { Paint } from "../terminal/colour.ts";
import { formatCounts, formatEndLine } from "./end_line.ts";
import { renderTaskFailure } from "./failure.ts";
import { formatTextLine } from "./log_line.ts";
import type { Screen } from "../terminal/screen.ts";
import { formatProgress, TaskStatus } from "./status_line.ts";
import {
  isShown,
  type LogOptions,
  type RunEnd,
  type RunView,
  type TaskView,
  toLogEntry,
} from "./view.ts";

const REDRAW_MS = 200;
const PROGRESS_LOG_MS = 10_000;
/** So long a run may say nothing where no status line is drawn. */
const SILENCE_MS = 30_000;

/** What a view for people needs. */
export interface HumanViewOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly log: LogOptions;
  readonly paint: Paint;
  /** Log lines name their task when there are several. */
  readonly hasSeveralTasks: boolean;
  /** Whether a status line is drawn. */
  readonly isLive: boolean;
}

/** See the module comment. */
export class HumanView implements RunView {
  readonly #statuses = new Set<TaskStatus>();
  readonly #end = new AbortController();

  constructor(readonly options: HumanViewOptions) {
    void (options.isLive ? this.#redraw() : this.#tellOfLife());
  }

  task(name: string): TaskView {
    const status = new TaskStatus(name);
    this.#statuses.add(status);
    return new HumanTaskView(name, status, this.options, () => {
      this.#statuses.delete(status);
    });
  }

  notice(event: PipelineEvent & { readonly kind: "notice" }): void {
    logEvent(event, undefined, this.options);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
    this.options.screen.clear();
  }

  async #redraw(): Promise<void> {
    while (await this.#pause(REDRAW_MS)) {
      const text = this.#texts().join("  |  ");
      if (text !== "") this.options.screen.status(text);
    }
  }

  /** In a log nobody can tell a run that waits from one that hangs. */
  async #tellOfLife(): Promise<void> {
    const { clock, log, paint, screen } = this.options;
    while (await this.#pause(SILENCE_MS)) {
      if (!isShown("info", log.level)) continue;
      for (const message of this.#texts()) {
        const entry = {
          level: "info",
          source: "dstream",
          message,
          fields: {},
        } as const;
        const time = timeOf(log, clock);
        screen.line(formatTextLine(entry, { time }, paint));
      }
    }
  }

  #texts(): string[] {
    const nowMs = this.options.clock.monotonicMs();
    return [...this.#statuses].map((status) => status.text(nowMs))
      .filter((text) => text !== undefined);
  }

  /** @returns Whether the run still goes on. */
  async #pause(durationMs: number): Promise<boolean> {
    try {
      await this.options.clock.sleep(durationMs, this.#end.signal);
      return true;
    } catch {
      return false;
    }
  }
}

class HumanTaskView implements TaskView {
  #progressLoggedAtMs = -Infinity;

  constructor(
    readonly name: string,
    readonly status: TaskStatus,
    readonly options: HumanViewOptions,
    readonly onEnd: () => void,
  ) {}

  onCounters(counters: Readonly<Counters>): void {
    this.status.watch(counters);
  }

  onEvent(event: PipelineEvent): void {
    if (event.kind === "progress") {
      if (event.progress.message === "") return; // numbers for the metrics
      this.status.progress = event.progress;
      if (this.options.isLive || !this.#isProgressDue(event.progress)) return;
    }
    const { hasSeveralTasks } = this.options;
    logEvent(event, hasSeveralTasks ? this.name : undefined, this.options);
  }

  end(end: RunEnd): void {
    this.onEnd();
    const { error } = end.outcome;
    const text = error === undefined
      ? formatEndLine(this.name, end)
      : this.#failure(error, end);
    if (text !== undefined) this.options.screen.line(text);
  }

  #failure(error: DstreamError, end: RunEnd): string {
    const counts = end.isDryRun ? undefined : formatCounts(end);
    return renderTaskFailure(this.name, error, this.options.paint, counts);
  }

  #isProgressDue({ done, total }: Progress): boolean {
    const nowMs = this.options.clock.monotonicMs();
    const isLast = done !== undefined && done === total;
    const pauseMs = nowMs - this.#progressLoggedAtMs;
    if (!isLast && pauseMs < PROGRESS_LOG_MS) return false;
    this.#progressLoggedAtMs = nowMs;
    return true;
  }
}

function logEvent(
  event: PipelineEvent,
  task: string | undefined,
  { screen, log, paint, clock }: HumanViewOptions,
): void {
  const entry = event.kind === "progress"
    ? {
      ...toLogEntry(event),
      message: formatProgress(event.progress),
      fields: {},
    }
    : toLogEntry(event);
  if (!isShown(entry.level, log.level)) return;
  const time = timeOf(log, clock);
  screen.line(formatTextLine(entry, { time, task }, paint));
}

function timeOf({ hasTime }: LogOptions, clock: Clock): string | undefined {
  return hasTime ? new Date(clock.wallMs()).toISOString() : undefined;
}
