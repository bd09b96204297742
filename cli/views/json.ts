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
import { inFlight, type PipelineEvent } from "../../core/pipeline/events.ts";
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

/** What a view for programs needs. */
export interface JsonViewOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly log: LogOptions;
}

/** See the module comment. */
export class JsonView implements RunView {
  constructor(readonly options: JsonViewOptions) {}

  task(name: string): TaskView {
    return {
      onEvent: (event) => this.#event(name, event),
      onCounters: () => {},
      end: (end) => this.#end(name, end),
    };
  }

  notice(event: PipelineEvent & { readonly kind: "notice" }): void {
    this.#event(undefined, event);
  }

  [Symbol.dispose](): void {}

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
      counters: {
        read: counters.readEnvelopes,
        read_bytes: counters.readBytes,
        filtered: counters.filteredEnvelopes,
        delivered: counters.deliveredEnvelopes,
        settled: counters.settledEnvelopes,
        rejected: counters.rejectedEnvelopes,
        dead_lettered: counters.deadLetteredEnvelopes,
        in_flight: inFlight(counters),
      },
      duration_ms: Math.round(durationMs),
    })));
  }

  #time(): string | undefined {
    const { log, clock } = this.options;
    return log.hasTime ? new Date(clock.wallMs()).toISOString() : undefined;
  }
}

/** What ended a command: a line for each problem. */
export function formatJsonErrors(error: unknown): string {
  const problems = error instanceof DiagnosticsError
    ? error.diagnostics
    : [{ severity: "error", ...problemOf(asDstreamError(error)) }];
  return problems.map(({ severity, code, message, at, hint, ...more }) =>
    terminalJson(JSON.stringify({
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
