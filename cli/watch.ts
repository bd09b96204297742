/**
 * Makes a run visible from outside: metrics over HTTP, OpenTelemetry, the status
 * file that `dstream ps` reads, and the report at the end.
 *
 * Each loads when it is first needed: a run that is over within a moment has
 * loaded none of them.
 *
 * @module
 */

import { resolve } from "node:path";
import process from "node:process";
import type { Task } from "../core/config/task.ts";
import { parseListenAddress } from "../core/observe/listen_address.ts";
import { RunProbe } from "../core/observe/probe.ts";
import type { ReportEnds } from "../core/observe/run_report.ts";
import { configPath } from "./configuration.ts";
import type { Context } from "./context.ts";
import type { RunView, TaskView } from "./views/view.ts";

/** A run that ends sooner leaves no trace. */
const FIRST_STATUS_MS = 250;
const STATUS_EVERY_MS = 1000;

/** What of the command line concerns us. */
export interface WatchFlags {
  readonly metricsListen?: string | undefined;
  readonly report?: string | undefined;
}

/** Watches a run until its scope is left. */
export class RunWatch implements AsyncDisposable {
  readonly #probe: RunProbe;
  readonly #context: Context;
  readonly #view: RunView;
  readonly #reportPath: string | undefined;
  readonly #ends = new AsyncDisposableStack();

  /** @throws {DstreamError} What was asked for can't be done. */
  static async begin(
    flags: WatchFlags,
    view: RunView,
    context: Context,
  ): Promise<RunWatch> {
    const watch = new RunWatch(flags, view, context);
    if (flags.report !== undefined) await watch.#checkReport();
    if (flags.metricsListen !== undefined) {
      await watch.#serve(flags.metricsListen);
    }
    await watch.#export();
    watch.#keepStatus();
    return watch;
  }

  private constructor(flags: WatchFlags, view: RunView, context: Context) {
    const { clock, version, cwd } = context.deps;
    this.#context = context;
    this.#view = view;
    this.#reportPath = flags.report && resolve(cwd, flags.report);
    this.#probe = new RunProbe({
      clock,
      version,
      pid: process.pid,
      config: resolve(cwd, configPath(context)),
    });
  }

  /** Shows a task's run to both: the view, and whoever looks from outside. */
  task(task: Task, runId: string, view: RunView): TaskView {
    const shown = view.task(task.name);
    const probe = this.#probe.task(task, runId);
    return {
      onEvent: (event) => {
        probe.onEvent(event);
        shown.onEvent(event);
      },
      onCounters: (counters) => {
        probe.onCounters(counters);
        shown.onCounters(counters);
      },
      end: (end) => {
        probe.end(end.outcome);
        shown.end(end);
      },
    };
  }

  /** Writes the report, when one was asked for. */
  async report(ends: ReportEnds): Promise<void> {
    if (this.#reportPath === undefined) return;
    const { toRunReport, writeReport } = await import(
      "../core/observe/run_report.ts"
    );
    const report = toRunReport(this.#probe.sample(), ends);
    await writeReport(this.#reportPath, report);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ends.disposeAsync();
  }

  async #checkReport(): Promise<void> {
    const { checkReportPath } = await import("../core/observe/run_report.ts");
    await checkReportPath(this.#reportPath!);
  }

  async #serve(text: string): Promise<void> {
    const address = parseListenAddress("--metrics-listen", text);
    const { MetricsServer } = await import("../core/observe/http_server.ts");
    const { platform } = this.#context.deps;
    const sample = () => this.#probe.sample();
    const server = new MetricsServer({ address, sample, platform });
    this.#ends.use(server);
    this.#notice(
      "info",
      "observe.listening",
      `metrics at ${server.url}/metrics`,
    );
  }

  /** Deno's exporter sends what is registered, if it was told to. */
  async #export(): Promise<void> {
    const { env, version, platform } = this.#context.deps;
    const isAsked = Object.keys(env).some((name) => name.startsWith("OTEL_"));
    if (!isAsked) return;
    const otel = await import("../core/observe/open_telemetry.ts");
    const meter = otel.isOtelEnabled(env) ? otel.denoMeter(version) : undefined;
    if (meter === undefined) {
      const why = otel.whyNothingIsExported(env);
      if (why !== undefined) this.#notice("info", "observe.otel_off", ...why);
      return;
    }
    otel.registerMetrics(meter, () => this.#probe.sample(), platform);
  }

  #keepStatus(): void {
    const over = new AbortController();
    const kept = this.#writeStatus(over.signal);
    this.#ends.defer(async () => {
      over.abort();
      await kept;
    });
  }

  /** Until the run is over. A status nobody can be told stops no run. */
  async #writeStatus(signal: AbortSignal): Promise<void> {
    const { clock, env, platform } = this.#context.deps;
    const isOver = (delayMs: number) =>
      clock.sleep(delayMs, signal).then(() => false, () => true);
    if (await isOver(FIRST_STATUS_MS)) return;
    try {
      const folder = await import("../core/observe/run_folder.ts");
      const { StatusFile } = await import("../core/observe/status_file.ts");
      const { toRunStatus } = await import("../core/observe/run_status.ts");
      const user = folder.currentUser(platform.os, env);
      await using file = await StatusFile.open(user, process.pid);
      do {
        this.#probe.look();
        await file?.write(toRunStatus(this.#probe.sample()));
      } while (!await isOver(STATUS_EVERY_MS));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#notice(
        "debug",
        "observe.status_unwritable",
        `\`dstream ps\` will not show this run: ${reason}`,
      );
      while (!await isOver(STATUS_EVERY_MS)) this.#probe.look();
    }
  }

  #notice(
    level: "debug" | "info",
    code: `${string}.${string}`,
    message: string,
    hint?: string,
  ): void {
    this.#view.notice({ kind: "notice", level, code, message, hint });
  }
}
