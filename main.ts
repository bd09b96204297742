/**
 * The dstream executable: real ports and built-in providers → cli.
 *
 * What is answered before anything else is loaded: `--version`, `provider exec
 * NAME`, with which `dstream run` starts each built-in, `provider exec --module` with
 * which it starts a pulled module, and the programs that `dstream singer` starts. Called `dstreams`, it is `dstream singer`.
 *
 * @module
 */

import process from "node:process";
import type { CliDeps } from "./cli/deps.ts";
import { findBuiltIn } from "./core/install/built_in_names.ts";
import project from "./deno.json" with { type: "json" };
import type { RunOutcome, RunTaskOptions } from "./core/pipeline/mod.ts";
import { builtIns } from "./providers/mod.ts";

/** @returns Its exit status; `undefined`: what was started ends by itself. */
async function main(given: readonly string[]): Promise<number | undefined> {
  const args = isDstreams() ? ["singer", ...given] : given;
  const [first, second, name, ...rest] = args;
  if (first === "--version") {
    console.log(`dstream ${project.version}`);
    return 0;
  }
  if (first === "singer" && second === "feed") {
    return await (await import("./providers/singer/feed.ts")).feed(args);
  }
  if (first === "singer" && second === "file-target") {
    const { fileTarget } = await import("./providers/singer/file_target.ts");
    return await fileTarget(args);
  }
  if (first === "singer" && second === "to-arrow") {
    return await (await import("./providers/singer/arrow/main.ts")).main();
  }
  const isExec = first === "provider" && second === "exec";
  if (isPluginHost(args)) {
    return await (await import("./core/plugin/host/main.ts")).serveHost();
  }
  if (isModule(args)) {
    const module = await import("./core/install/run_module.ts");
    const [path, ...words] = rest;
    // What is no file gets its error from the cli.
    if (await module.isModuleFile(path)) {
      return await module.runModule(path, words);
    }
  }
  const builtIn = isExec ? tryFindBuiltIn(name) : undefined;
  if (builtIn !== undefined) return await (await builtIn.load()).serve(rest);
  const { runCli } = await import("./cli/mod.ts");
  const { flushStderr } = await import("./cli/terminal/system.ts");
  const status = await runCli(args, await systemDeps());
  await flushStderr();
  return status;
}

/** Under this name (a link, a copy, as it is published) it is the command of that name alone. */
function isDstreams(): boolean {
  return Deno.build.standalone &&
    /(^|[\\/])dstreams(-(linux|macos|windows)-\w+)?(\.exe)?$/i
      .test(process.argv0);
}

/** A provider's module is the program then, and not this. */
function isModule([first, second, name]: readonly string[]): boolean {
  return first === "provider" && second === "exec" && name === "--module";
}

function isPluginHost([first, second, name]: readonly string[]): boolean {
  return first === "provider" && second === "exec" && name === "plugin-host";
}

/** A name that means nothing gets its error from the cli. */
function tryFindBuiltIn(name: string | undefined) {
  try {
    return name === undefined ? undefined : findBuiltIn(name, builtIns);
  } catch {
    return undefined;
  }
}

async function systemDeps(): Promise<CliDeps> {
  const system = await import("./cli/terminal/system.ts");
  const ports = await import("./core/ports/deno.ts");
  return {
    version: project.version,
    platform: system.systemPlatform,
    builtIns,
    load: async (options) =>
      (await import("./core/config/load.ts")).load(options),
    runTask,
    readServerTasks: async (configuration) =>
      (await import("./providers/server_tasks.ts"))
        .readServerTasks(configuration),
    openClient: async (options) =>
      (await import("./core/registry/open.ts")).openClient(options),
    runLifecycle: async (options) =>
      (await import("./core/pipeline/lifecycle.ts")).runLifecycle(options),
    env: Deno.env.toObject(),
    calledAs: isDstreams() ? "dstreams" : undefined,
    cwd: Deno.cwd(),
    stdin: system.systemStdin,
    stdout: system.systemStdout,
    stderr: system.systemStderr,
    clock: ports.systemClock,
    random: ports.systemRandom,
    spawner: ports.systemSpawner,
    signals: {
      subscribe(listener) {
        stoppers.add(listener);
        const unsubscribe = system.systemSignals.subscribe(listener);
        return () => {
          stoppers.delete(listener);
          unsubscribe();
        };
      },
    },
    self: selfCommand(),
  };
}

/** A plugin of the legacy kind runs in a host of its own. */
async function runTask(options: RunTaskOptions): Promise<RunOutcome> {
  if (options.task.type === "plugin") {
    const { runPluginTask } = await import("./core/plugin/run_plugin_task.ts");
    return await runPluginTask(options, selfCommand());
  }
  return await (await import("./core/pipeline/run.ts")).runTask(options);
}

/** Compiled, the program is its own executable; else it is deno with this file. */
function selfCommand(): readonly string[] {
  const executable = Deno.execPath();
  if (Deno.build.standalone) return [executable];
  return [
    executable,
    "run",
    "-A",
    "--quiet",
    import.meta.filename ?? "main.ts",
  ];
}

/** Who runs something, and can be asked to end it in order. */
const stoppers = new Set<(signal: string) => void>();
/** How long a run that a bug has hit may take to drain and to report. */
const BUG_DRAIN_MS = 60_000;
let hasBug = false;

/**
 * What nobody caught is a bug: said in one line, without a stack trace. A run
 * ends as by SIGTERM, so that what is in flight arrives and a report is written.
 */
function reportBug(event: PromiseRejectionEvent | ErrorEvent): void {
  event.preventDefault();
  const error = "reason" in event ? event.reason : event.error;
  const text = error instanceof Error
    ? `${error.name}: ${error.message}`
    : String(error);
  console.error(
    `error[internal.unexpected]: ${text.split("\n")[0]}\n` +
      "  hint: this is a bug in dstream; please report it",
  );
  if (stoppers.size === 0) Deno.exit(1);
  if (hasBug) return;
  hasBug = true;
  setTimeout(() => Deno.exit(1), BUG_DRAIN_MS);
  for (const stop of [...stoppers]) stop("SIGTERM");
}

if (import.meta.main) {
  // The host of a plugin has a word of its own about them.
  if (!isPluginHost(Deno.args) && !isModule(Deno.args)) {
    globalThis.addEventListener("unhandledrejection", reportBug);
    globalThis.addEventListener("error", reportBug);
  }
  const status = await main(Deno.args);
  if (hasBug || status !== undefined) Deno.exit(hasBug ? 1 : status);
}
