/**
 * Runs a task of the legacy kind: one plugin that moves the data by itself.
 *
 * The plugin lives in a host, a child of its own (`provider exec plugin-host`), so
 * that nothing is left when dstream dies, and gRPC's code is loaded there alone.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { LegacyPlugin } from "../config/task.ts";
import {
  type Counters,
  NO_COUNTERS,
  type PipelineEvent,
  type RunOutcome,
} from "../pipeline/events.ts";
import {
  RestartBudget,
  type RestartPolicy,
  restartPolicy,
} from "../pipeline/lanes/restart.ts";
import type { RunTaskOptions, StopRequest } from "../pipeline/run.ts";
import {
  createPrintable,
  type Printable,
  printableError,
  printableEvent,
} from "../pipeline/session/printable.ts";
import { describeExit, ProviderProcess } from "../pipeline/session/process.ts";
import {
  HOST_NAME,
  type HostResult,
  type HostStart,
  READY_KEY,
  RESULT_KEY,
  STOP,
} from "./start.ts";
import { pluginFailure } from "./plugin_failure.ts";
import { SocketFolder } from "./socket_folder.ts";

/** What a host may take beyond the grace of its plugin. */
const HOST_GRACE_MS = 5000;

/**
 * Runs the task to its end. Never rejects for what the plugin does.
 * @param self The words that start dstream.
 */
export async function runPluginTask(
  options: RunTaskOptions,
  self: readonly string[],
): Promise<RunOutcome> {
  const startedMs = options.clock.monotonicMs();
  const printable = createPrintable(options);
  const run = new PluginRun(options, self, printable);
  options.onCounters?.(run.counters);
  const unsubscribe = options.onStop((request) => run.stop(request));
  try {
    const ended = await run.execute();
    return { ...ended, ...run.rest(startedMs) };
  } catch (failure) {
    const error = printableError(failure, printable) as DstreamError;
    if (!(error instanceof DstreamError)) throw failure;
    return { status: "failed", error, ...run.rest(startedMs) };
  } finally {
    unsubscribe();
  }
}

class PluginRun {
  /** Nothing that goes through a plugin goes through us. */
  readonly counters: Counters = { ...NO_COUNTERS };
  readonly #budget: RestartBudget;
  readonly #over = new AbortController();
  #process: ProviderProcess | undefined;
  #result: HostResult | undefined;
  #stop: StopRequest | undefined;

  constructor(
    readonly options: RunTaskOptions,
    readonly self: readonly string[],
    readonly printable: Printable,
  ) {
    this.#budget = new RestartBudget(options.clock, options.random);
  }

  get #name(): string {
    return this.options.inputs[0].name;
  }

  get #plugin(): LegacyPlugin {
    return this.options.task.plugin!;
  }

  /** What is the same however it ended. */
  rest(
    startedMs: number,
  ): Pick<RunOutcome, "counters" | "durationMs" | "isUncounted"> {
    this.#over.abort();
    const durationMs = this.options.clock.monotonicMs() - startedMs;
    return { counters: this.counters, durationMs, isUncounted: true };
  }

  async execute(): Promise<Pick<RunOutcome, "status" | "stoppedBy">> {
    for (;;) {
      const result = await this.#once();
      if (this.#stop !== undefined) {
        return { status: "stopped", stoppedBy: this.#stop.signal };
      }
      if (result.status !== "failed") return { status: "completed" };
      const failure = pluginFailure(this.#name, result, this.#plugin);
      await this.#pauseOrThrow(failure, result.fault);
    }
  }

  stop(request: StopRequest): void {
    const isFirst = this.#stop === undefined;
    this.#stop ??= request;
    if (request.isUrgent) return this.#process?.kill();
    if (!isFirst) return;
    this.#emit({ kind: "stopping", reason: request.signal });
    this.#process?.write(new TextEncoder().encode(`${STOP}\n`))
      .catch(() => {});
    this.#killLater();
    this.#over.abort();
  }

  async #killLater(): Promise<void> {
    const { clock, task } = this.options;
    const process = this.#process;
    await clock.sleep(2 * task.shutdownGraceMs + HOST_GRACE_MS);
    process?.kill();
  }

  /** One life of the plugin. */
  async #once(): Promise<HostResult> {
    const { spawner, clock, userOutput } = this.options;
    this.#result = undefined;
    using sockets = new SocketFolder();
    await using process = new ProviderProcess({
      side: "input",
      name: this.#name,
      launch: {
        argv: [...this.self, "provider", "exec", HOST_NAME],
        env: this.options.inputs[0].launch.env,
      },
      spawner,
      clock,
      onEvent: (event) => this.#hear(event),
      printable: this.printable,
    });
    this.#process = process;
    const start = new TextEncoder().encode(
      `${this.#startLine(sockets.path)}\n`,
    );
    await process.write(start).catch(() => {});
    const printed = process.stdout
      .pipeTo(userOutput, { preventClose: true }).catch(() => {});
    const status = await process.exit;
    await process.logsRead();
    await printed;
    this.#process = undefined;
    return this.#result ?? {
      status: "failed",
      fault: "died",
      message: `its host ended (${describeExit(status)})`,
    };
  }

  #startLine(socketFolder: string | undefined): string {
    const { task, inputs, isDryRun = false } = this.options;
    const { input, output, config } = this.#plugin;
    const { argv, cwd, env = {} } = inputs[0].launch;
    const start: HostStart = {
      path: argv[0],
      cwd,
      env,
      socketFolder,
      request: {
        ...(input && { input: sideOf(input) }),
        ...(output && { output: sideOf(output) }),
        config: JSON.parse(config.json()),
      },
      readyTimeoutMs: this.#plugin.block.readyTimeoutMs,
      graceMs: task.shutdownGraceMs,
      isDryRun,
    };
    return JSON.stringify(start);
  }

  /** Two of the host's log lines are for us. */
  #hear(event: PipelineEvent): void {
    if (event.kind === "provider_log") {
      const { [RESULT_KEY]: result, [READY_KEY]: ready } = event.fields;
      if (result !== undefined) {
        this.#result = result as HostResult;
        return;
      }
      if (ready !== undefined) {
        const provider = this.#name;
        const features: string[] = [];
        const version = 1;
        event = { kind: "ready", side: "input", provider, version, features };
      }
    }
    this.#emit(event);
  }

  #emit(event: PipelineEvent): void {
    this.options.onEvent(printableEvent(event, this.printable));
  }

  /** A plugin is restarted only where a `restart` block says so. */
  get #policy(): RestartPolicy {
    const { restart } = this.options.task;
    const version = Object.keys(restart).length > 0 ? 2 : 0;
    return restartPolicy(version, {}, restart);
  }

  async #pauseOrThrow(failure: DstreamError, fault: string): Promise<void> {
    const isLasting = fault !== "died" && fault !== "failed";
    if (isLasting) throw failure;
    const restart = this.#budget.spend(this.#policy, 0);
    if (restart === undefined) throw failure;
    this.counters.restarts++;
    this.#emit({
      kind: "restarting",
      side: "input",
      provider: this.#name,
      message: failure.message,
      lastLines: failure.details,
      ...restart,
    });
    const { clock } = this.options;
    await clock.sleep(restart.delayMs, this.#over.signal).catch(() => {});
  }
}

function sideOf({ provider, config }: NonNullable<LegacyPlugin["input"]>) {
  return { provider, config: JSON.parse(config.json()) };
}
