/**
 * What a view is: the same events, shown to a person or to a program.
 *
 * @module
 */

import type { LogLevel } from "../../core/pipeline/events.ts";
import type {
  Counters,
  PipelineEvent,
  RunOutcome,
} from "../../core/pipeline/events.ts";
import type { LogFormat } from "../flags.ts";

/** How log lines look, from the flags. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly hasTime: boolean;
}

/** Shows several tasks' runs. Disposing removes what is only temporary. */
export interface RunView extends Disposable {
  task(name: string): TaskView;
  /** Something that concerns all tasks. */
  notice(event: PipelineEvent & { readonly kind: "notice" }): void;
}

/** Shows one task's run. */
export interface TaskView {
  onEvent(event: PipelineEvent): void;
  onCounters(counters: Readonly<Counters>): void;
  end(end: RunEnd): void;
}

/** How a run ended, and what was asked of it. */
export interface RunEnd {
  readonly outcome: RunOutcome;
  readonly isDryRun: boolean;
}

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Whether a line of that level is shown at the chosen one. */
export function isShown(level: LogLevel, chosen: LogLevel): boolean {
  return ORDER.indexOf(level) >= ORDER.indexOf(chosen);
}

/** What a log line says, before it is drawn. */
export interface LogEntry {
  readonly level: LogLevel;
  /** "dstream", or the side and provider or label: "input counter". */
  readonly source: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One event as a log line. */
export function toLogEntry(event: PipelineEvent): LogEntry {
  switch (event.kind) {
    case "starting":
      return provider(event, "debug", "started", { pid: event.pid });
    case "ready":
      return provider(event, "debug", "ready", {
        protocol: event.version,
        features: event.features.join(",") || "none",
      });
    case "provider_log":
      return provider(event, event.level, event.message, event.fields);
    case "exited": {
      const { code, signal } = event;
      const how = signal === undefined ? { code } : { signal };
      return provider(event, "debug", "ended", how);
    }
    case "progress": {
      const { message, ...fields } = event.progress;
      const source = sourceOf({ ...event, side: "input" });
      if (message === "") {
        return { level: "debug", source, message: "gauges", fields };
      }
      return { level: "info", source, message, fields };
    }
    case "notice": {
      const { level, code, message, hint } = event;
      return { level, source: "dstream", message, code, hint, fields: {} };
    }
    case "restarting":
      return {
        level: "warn",
        source: sourceOf(event),
        message:
          `${event.message}; starting again (attempt ${event.attempt}) ` +
          `in ${(event.delayMs / 1000).toFixed(1)} s`,
        code: "provider.restarting",
        fields: {},
      };
    case "stopping":
      return {
        // Whoever closed our stdout has seen enough; a word would be in the way.
        level: event.reason === "SIGPIPE" ? "debug" : "info",
        source: "dstream",
        message: `stopping (${event.reason}): what was read is delivered first`,
        fields: {},
      };
  }
}

/** Which of a task's providers. */
interface Who {
  readonly side: string;
  readonly provider: string;
  readonly label?: string;
}

/** `output archive`: the label, where the block has one. */
function sourceOf({ side, provider, label }: Who): string {
  return `${side} ${label ?? provider}`;
}

function provider(
  event: Who,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): LogEntry {
  return { level, source: sourceOf(event), message, fields };
}
