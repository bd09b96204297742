/**
 * Shows runs to a person: log lines, a live status line, an end line.
 *
 * On a terminal progress is part of the status line; in a pipe it is a log line,
 * at most one every ten seconds, so that a log stays readable.
 *
 * @module
 */

import type { DstreamError } from "../../core/base/errors.ts";
import type { Counters, PipelineEvent } from "../../core/pipeline/events.ts";
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
    if (options.isLive) void this.#redraw();
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
    const { clock, screen } = this.options;
    for (;;) {
      try {
        await clock.sleep(REDRAW_MS, this.#end.signal);
      } catch {
        return;
      }
      const nowMs = clock.monotonicMs();
      const texts = [...this.#statuses].map((status) => status.text(nowMs));
      const text = texts.filter((part) => part !== undefined).join("  |  ");
      if (text !== "") screen.status(text);
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
      if (this.options.isLive || !this.#isProgressDue()) return;
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

  #isProgressDue(): boolean {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.#progressLoggedAtMs < PROGRESS_LOG_MS) return false;
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
  const time = log.hasTime ? new Date(clock.wallMs()).toISOString() : undefined;
  screen.line(formatTextLine(entry, { time, task }, paint));
}
