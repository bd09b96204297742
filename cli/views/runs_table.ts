/**
 * Running tasks as a table.
 *
 * @module
 */

import type { RunStatus } from "../../core/observe/run_status.ts";
import { formatTable } from "./table.ts";
import { formatBytes, formatCount, formatDuration, visible } from "./units.ts";

/** A file that is rewritten every second and was not for so long. */
const SILENT_MS = 5000;

/** In place of three counts. */
const UNCOUNTED = ["-", "-", "-"];

type Task = RunStatus["tasks"][number];

/** How to draw them. */
export interface RunsTableOptions {
  readonly nowMs: number;
  /** The user's home, shown as `~`. */
  readonly home?: string | undefined;
  /** More columns than fit beside a path. */
  readonly isWide?: boolean;
}

/** A line for each task, and the headings. */
export function formatRuns(
  runs: readonly RunStatus[],
  options: RunsTableOptions,
): string {
  const more = options.isWide ? ["BYTES/S", "LAG", "RESTARTS"] : [];
  const headings = [
    "PID",
    "TASK",
    "STATUS",
    "ENVELOPES",
    "RATE",
    "IN FLIGHT",
    ...more,
    "UPTIME",
    "CONFIG",
  ];
  const rows = runs.flatMap((run) =>
    run.tasks.map((task) => row(run, task, options))
  );
  return formatTable(headings, rows);
}

function row(
  run: RunStatus,
  task: Task,
  { nowMs, home, isWide }: RunsTableOptions,
): string[] {
  const more = [
    formatBytes(task.bytes_per_second),
    task.lag === undefined ? "" : formatCount(task.lag),
    formatCount(task.restarts),
  ];
  return [
    String(run.pid),
    visible(task.task),
    statusOf(run, task, nowMs),
    ...task.uncounted === true ? UNCOUNTED : [
      formatCount(task.envelopes),
      `${formatCount(task.envelopes_per_second)}/s`,
      formatCount(task.in_flight),
    ],
    ...isWide ? more : [],
    formatDuration(task.uptime_seconds * 1000),
    visible(shorten(run.config, home)),
  ];
}

/** What it says, unless it says nothing any more or waits for its output. */
function statusOf(run: RunStatus, task: Task, nowMs: number): string {
  const silentMs = nowMs - Date.parse(run.updated_at);
  if (silentMs > SILENT_MS) return `silent for ${formatDuration(silentMs)}`;
  const isHeldUp = task.status === "running" && task.is_waiting;
  return isHeldUp ? "waiting for output" : visible(task.status);
}

function shorten(path: string, home: string | undefined): string {
  const isBelow = home && home !== "/" && path.startsWith(`${home}/`);
  return isBelow ? `~${path.slice(home.length)}` : path;
}
