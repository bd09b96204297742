/**
 * The dstream executable: real ports and built-in providers → cli.
 *
 * Two command lines are answered before anything else is loaded: `--version`,
 * and `provider exec NAME`, with which `dstream run` starts each built-in.
 *
 * @module
 */

import type { CliDeps } from "./cli/deps.ts";
import { findBuiltIn } from "./core/install/built_in_names.ts";
import project from "./deno.json" with { type: "json" };
import { builtIns } from "./providers/mod.ts";

async function main(args: readonly string[]): Promise<number> {
  const [first, second, name, ...rest] = args;
  if (first === "--version") {
    console.log(`dstream ${project.version}`);
    return 0;
  }
  const isExec = first === "provider" && second === "exec";
  const builtIn = isExec ? tryFindBuiltIn(name) : undefined;
  if (builtIn !== undefined) return await (await builtIn.load()).serve(rest);
  const { runCli } = await import("./cli/mod.ts");
  return await runCli(args, await systemDeps());
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
    runTask: async (options) =>
      (await import("./core/pipeline/run.ts")).runTask(options),
    readDatabase: async (text) =>
      (await import("./providers/mssql/input/connection_string.ts"))
        .readDatabase(text),
    openClient: async (options) =>
      (await import("./core/registry/open.ts")).openClient(options),
    runLifecycle: async (options) =>
      (await import("./core/pipeline/lifecycle.ts")).runLifecycle(options),
    env: Deno.env.toObject(),
    cwd: Deno.cwd(),
    stdin: system.systemStdin,
    stdout: system.systemStdout,
    stderr: system.systemStderr,
    clock: ports.systemClock,
    random: ports.systemRandom,
    spawner: ports.systemSpawner,
    signals: system.systemSignals,
    self: selfCommand(),
  };
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

/** What nobody caught is a bug: said in one line, without a stack trace. */
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
  Deno.exit(1);
}

if (import.meta.main) {
  globalThis.addEventListener("unhandledrejection", reportBug);
  globalThis.addEventListener("error", reportBug);
  Deno.exit(await main(Deno.args));
}
