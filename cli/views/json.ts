/**
 * Shows runs to a program: one JSON object per line on stderr.
 *
 * @module
 */

import {
  DiagnosticsError,
  type DstreamError,
  type Location,
} from "../../core/base/errors.ts";
import {
  type Counters,
  inFlight,
  type PipelineEvent,
} from "../../core/pipeline/events.ts";
import type { Clock } from "../../core/ports/mod.ts";
import { asDstreamError } from "./failure.ts";
import { formatJsonLine } from "./log_line.ts";
import { terminalJson } from "./units.ts";
import type { Screen } from "../terminal/screen.ts";
import {
  isShown,
  type LogOptions,
  type RunEnd,
  type RunView,
  type TaskView,
  toLogEntry,
} from "./view.ts";

/** So long a run may say nothing. */
const SILENCE_MS = 30_000;

/** What a view for programs needs. */
export interface JsonViewOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly log: LogOptions;
}

/** See the module comment. */
export class JsonView implements RunView {
  readonly #running = new Map<string, Readonly<Counters>>();
  readonly #over = new AbortController();

  constructor(readonly options: JsonViewOptions) {
    void this.#tellOfLife();
  }

  task(name: string): TaskView {
    return {
      onEvent: (event) => this.#event(name, event),
      onCounters: (counters) => this.#running.set(name, counters),
      end: (end) => {
        this.#running.delete(name);
        this.#end(name, end);
      },
    };
  }

  notice(event: PipelineEvent & { readonly kind: "notice" }): void {
    this.#event(undefined, event);
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  /** A run that waits and one that hangs look alike without it. */
  async #tellOfLife(): Promise<void> {
    const { clock, log, screen } = this.options;
    for (;;) {
      try {
        await clock.sleep(SILENCE_MS, this.#over.signal);
      } catch {
        return;
      }
      if (!isShown("info", log.level)) continue;
      for (const [task, counters] of this.#running) {
        screen.line(terminalJson(JSON.stringify({
          time: this.#time(),
          level: "info",
          task,
          source: "dstream",
          message: "task runs",
          counters: countersObject(counters),
        })));
      }
    }
  }

  #event(task: string | undefined, event: PipelineEvent): void {
    const entry = toLogEntry(event);
    if (!isShown(entry.level, this.options.log.level)) return;
    const frame = { time: this.#time(), task };
    this.options.screen.line(formatJsonLine(entry, frame));
  }

  #end(task: string, { outcome, isDryRun }: RunEnd): void {
    const { status, stoppedBy, error, counters, durationMs } = outcome;
    this.options.screen.line(terminalJson(JSON.stringify({
      time: this.#time(),
      level: status === "failed" ? "error" : "info",
      task,
      source: "dstream",
      message: `task ${status}`,
      status,
      dry_run: isDryRun || undefined,
      stopped_by: stoppedBy,
      error: error && errorObject(error),
      counters: countersObject(counters),
      duration_ms: Math.round(durationMs),
    })));
  }

  #time(): string {
    return new Date(this.options.clock.wallMs()).toISOString();
  }
}

function countersObject(counters: Readonly<Counters>) {
  return {
    read: counters.readEnvelopes,
    read_bytes: counters.readBytes,
    filtered: counters.filteredEnvelopes,
    delivered: counters.deliveredEnvelopes,
    settled: counters.settledEnvelopes,
    rejected: counters.rejectedEnvelopes,
    dead_lettered: counters.deadLetteredEnvelopes,
    in_flight: inFlight(counters),
  };
}

/**
 * What ended a command: a line for each problem.
 * @param time ISO 8601.
 */
export function formatJsonErrors(error: unknown, time: string): string {
  const problems = error instanceof DiagnosticsError
    ? error.diagnostics
    : [{ severity: "error", ...problemOf(asDstreamError(error)) }];
  return problems.map(({ severity, code, message, at, hint, ...more }) =>
    terminalJson(JSON.stringify({
      time,
      level: severity === "warning" ? "warn" : "error",
      code,
      message,
      hint,
      at: placeOf(at),
      ...more,
    }))
  ).join("\n");
}

function problemOf({ code, message, at, hint, details }: DstreamError) {
  return {
    code,
    message,
    at,
    hint,
    details: details.length > 0 ? details : undefined,
  };
}

function placeOf(at: Location | undefined) {
  return at && { file: at.file, line: at.line, column: at.column };
}

/** An error as a value: the same keys everywhere JSON is printed. */
function errorObject(error: DstreamError): Record<string, unknown> {
  const { at, ...rest } = problemOf(error);
  return { ...rest, at: placeOf(at) };
}
