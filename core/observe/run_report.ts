/**
 * What became of a run, for whoever wants to keep it: `run --report FILE`.
 *
 * The same words as in the status file, so they change only by addition.
 *
 * @module
 */

import { fileTrouble } from "../base/file_trouble.ts";
import { DstreamError } from "../base/errors.ts";
import { restartsOf, type RunSample, type TaskSample } from "./sample.ts";

/** The report's shape. */
const REPORT_VERSION = 1;

/** How things ended, which only the command line knows. */
export interface ReportEnds {
  readonly exitCode: number;
  /** By task name. */
  readonly exitCodes: ReadonlyMap<string, number>;
}

/** The report as a value; errors must be scrubbed already. */
export function toRunReport(run: RunSample, ends: ReportEnds) {
  return {
    version: REPORT_VERSION,
    dstream: run.version,
    pid: run.pid,
    config: run.config,
    started_at: new Date(run.startedAtMs).toISOString(),
    ended_at: new Date(run.nowMs).toISOString(),
    duration_seconds: seconds(run.durationMs),
    exit_code: ends.exitCode,
    tasks: run.tasks.map((task) =>
      toTaskReport(task, ends.exitCodes.get(task.task) ?? ends.exitCode)
    ),
  };
}

function toTaskReport(task: TaskSample, exitCode: number) {
  return {
    task: task.task,
    run_id: task.runId,
    status: task.state,
    exit_code: exitCode,
    stopped_by: task.stoppedBy,
    error: task.error && toError(task.error),
    started_at: new Date(task.startedAtMs).toISOString(),
    duration_seconds: seconds(task.durationMs),
    counters: toCounters(task),
    tables: task.counters.tables,
    restarts: restartsOf(task),
    lag: task.lag,
    providers: task.providers.map((one) => ({
      side: one.side,
      label: one.label,
      provider: one.provider,
      protocol: one.protocol,
      restarts: one.restarts,
      exits: one.exits,
    })),
  };
}

function toCounters({ counters, inFlight }: TaskSample) {
  return {
    envelopes: counters.readEnvelopes,
    bytes: counters.readBytes,
    handed: counters.handedEnvelopes,
    filtered: counters.filteredEnvelopes,
    delivered: counters.deliveredEnvelopes,
    in_flight: inFlight,
    // The words before there were those above.
    acknowledged: counters.settledEnvelopes,
    not_acknowledged: inFlight,
    rejected: counters.rejectedEnvelopes,
    dead_lettered: counters.deadLetteredEnvelopes ?? 0,
    // So many may be at the destination twice, and no more.
    possible_duplicates: counters.replayedEnvelopes,
    stray_lines: counters.strayLines,
  };
}

function toError({ code, message, hint, at, details }: DstreamError) {
  return {
    code,
    message,
    hint,
    at: at && { file: at.file, line: at.line, column: at.column },
    details: details.length > 0 ? details : undefined,
  };
}

function seconds(durationMs: number): number {
  return Math.round(durationMs) / 1000;
}

/**
 * Refuses a path that can't be written before anything runs.
 * @throws {DstreamError} `usage.report_path`
 */
export async function checkReportPath(path: string): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  const stat = await Deno.stat(folder).catch(() => undefined);
  const own = await Deno.stat(path).catch(() => undefined);
  if (stat?.isDirectory && !own?.isDirectory) return;
  throw new DstreamError(
    "usage.report_path",
    own?.isDirectory
      ? `--report needs a file, "${path}" is a folder`
      : `--report cannot write "${path}": there is no such folder`,
    { isUsage: true },
  );
}

/**
 * Whole or not at all.
 * @throws {DstreamError} `observe.report_unwritable`
 */
export async function writeReport(path: string, report: unknown) {
  const beside = `${path}.tmp`;
  try {
    await Deno.writeTextFile(beside, JSON.stringify(report, null, 2) + "\n");
    await Deno.rename(beside, path);
  } catch (cause) {
    const { what, hint } = fileTrouble(cause, path, "another after --report");
    throw new DstreamError(
      "observe.report_unwritable",
      `cannot write the report ${what}`,
      { cause, hint },
    );
  }
}
