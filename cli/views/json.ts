/**
 * Shows runs to a program: one JSON object per line on stderr.
 *
 * @module
 */

import type { DstreamError } from "../../core/errors.ts";
import type { PipelineEvent } from "../../core/pipeline/events.ts";
import type { Clock } from "../../core/ports/mod.ts";
import { formatJsonLine } from "./log_line.ts";
import type { Screen } from "./screen.ts";
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

  [Symbol.dispose](): void {}

  #event(task: string, event: PipelineEvent): void {
    const entry = toLogEntry(event);
    if (!isShown(entry.level, this.options.log.level)) return;
    const frame = { time: this.#time(), task };
    this.options.screen.line(formatJsonLine(entry, frame));
  }

  #end(task: string, { outcome, isDryRun }: RunEnd): void {
    const { status, stoppedBy, error, counters, durationMs } = outcome;
    this.options.screen.line(JSON.stringify({
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
        settled: counters.settledEnvelopes,
        rejected: counters.rejectedEnvelopes,
      },
      duration_ms: Math.round(durationMs),
    }));
  }

  #time(): string | undefined {
    const { log, clock } = this.options;
    return log.hasTime ? new Date(clock.wallMs()).toISOString() : undefined;
  }
}

/** An error as an object: the same keys everywhere JSON is printed. */
export function errorObject(error: DstreamError): Record<string, unknown> {
  const { code, message, hint, at, details } = error;
  return {
    code,
    message,
    hint,
    at: at && { file: at.file, line: at.line, column: at.column },
    details: details.length > 0 ? details : undefined,
  };
}
