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
import type { Task } from "../config/task.ts";
import { parseListenAddress } from "../observe/listen_address.ts";
import { RunProbe } from "../observe/probe.ts";
import type { ReportEnds } from "../observe/run_report.ts";
import type {
  Counters,
  PipelineEvent,
  RunOutcome,
} from "../pipeline/events.ts";
import type { RunListener } from "./events.ts";
import { pathOf } from "./open.ts";
import type { Site } from "./site.ts";

/** A run that ends sooner leaves no trace. */
const FIRST_STATUS_MS = 250;
const STATUS_EVERY_MS = 1000;

/** Who wants to look at a run from outside. */
export interface WatchWishes {
  /** `host:port` for Prometheus. */
  readonly metricsListen?: string | undefined;
  /** Where a report is written at the end: a path, or whoever takes it. */
  readonly report?: string | ReportTaker | undefined;
}

/** Takes a report as a value. */
export type ReportTaker = (report: unknown) => Promise<void>;

/** What a task's run tells. */
export interface TaskListener {
  readonly onEvent: (event: PipelineEvent) => void;
  readonly onCounters: (counters: Readonly<Counters>) => void;
  readonly end: (outcome: RunOutcome) => void;
}

/** Watches a run until its scope is left. */
export class RunWatch implements AsyncDisposable {
  readonly #probe: RunProbe;
  readonly #site: Site;
  readonly #listener: RunListener;
  readonly #report: string | ReportTaker | undefined;
  readonly #ends = new AsyncDisposableStack();

  /** @throws {DstreamError} What was asked for can't be done. */
  static async begin(
    wishes: WatchWishes,
    listener: RunListener,
    site: Site,
  ): Promise<RunWatch> {
    const watch = new RunWatch(wishes, listener, site);
    await watch.#checkReport();
    if (wishes.metricsListen !== undefined) {
      await watch.#serve(wishes.metricsListen);
    }
    await watch.#export();
    watch.#keepStatus();
    return watch;
  }

  private constructor(
    { report }: WatchWishes,
    listener: RunListener,
    site: Site,
  ) {
    const { clock, version, cwd } = site.world;
    this.#site = site;
    this.#listener = listener;
    this.#report = typeof report === "string" ? resolve(cwd, report) : report;
    this.#probe = new RunProbe({
      clock,
      version,
      pid: process.pid,
      config: resolve(cwd, pathOf(site.options)),
    });
  }

  /** A task's run for both: the listener, and whoever looks from outside. */
  task(task: Task, runId: string): TaskListener {
    const tell = this.#listener;
    const { name } = task;
    const probe = this.#probe.task(task, runId);
    tell({ kind: "began", task: name, runId });
    return {
      onEvent: (event) => {
        probe.onEvent(event);
        tell({ kind: "task", task: name, event });
      },
      onCounters: (counters) => {
        probe.onCounters(counters);
        tell({ kind: "counters", task: name, counters });
      },
      end: (outcome) => {
        probe.end(outcome);
        tell({ kind: "ended", task: name, outcome });
      },
    };
  }

  /** Writes the report, when one was asked for. */
  async report(ends: ReportEnds): Promise<void> {
    const to = this.#report;
    if (to === undefined) return;
    const { toRunReport, writeReport } = await import(
      "../observe/run_report.ts"
    );
    const report = toRunReport(this.#probe.sample(), ends);
    await (typeof to === "string" ? writeReport(to, report) : to(report));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ends.disposeAsync();
  }

  async #checkReport(): Promise<void> {
    if (typeof this.#report !== "string") return;
    const { checkReportPath } = await import("../observe/run_report.ts");
    await checkReportPath(this.#report);
  }

  async #serve(text: string): Promise<void> {
    const address = parseListenAddress("--metrics-listen", text);
    const { MetricsServer } = await import("../observe/http_server.ts");
    const { platform } = this.#site.world;
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
    const { env, version, platform } = this.#site.world;
    const isAsked = Object.keys(env).some((name) => name.startsWith("OTEL_"));
    if (!isAsked) return;
    const otel = await import("../observe/open_telemetry.ts");
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
    const { clock, env, platform } = this.#site.world;
    const isOver = (delayMs: number) =>
      clock.sleep(delayMs, signal).then(() => false, () => true);
    if (await isOver(FIRST_STATUS_MS)) return;
    try {
      const folder = await import("../observe/run_folder.ts");
      const { StatusFile } = await import("../observe/status_file.ts");
      const { toRunStatus } = await import("../observe/run_status.ts");
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
    this.#listener({
      kind: "notice",
      event: { kind: "notice", level, code, message, hint },
    });
  }
}
