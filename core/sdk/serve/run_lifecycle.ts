/**
 * `init`, `plan`, `status`, `destroy`: one report on stdout, no stream.
 *
 * @module
 */

import type { CommandName } from "../../protocol/command.ts";
import { errorText } from "../errors.ts";
import type { Lifecycle, Report } from "../lifecycle.ts";
import type { Serving } from "./mod.ts";

type LifecycleCommand = Exclude<CommandName, "run">;

/** @returns The exit status: 1 when the command failed. */
export async function runLifecycle<Config>(
  lifecycle: Lifecycle<Config>,
  config: Config,
  { start, host, log, stdout, sayReady }: Serving,
): Promise<number> {
  const command = start.command as LifecycleCommand;
  const ending = new AbortController();
  const unsubscribe = host.onSignal((signal) => ending.abort(signal));
  await sayReady();
  try {
    const taskName = start.task?.name;
    const context = { signal: ending.signal, log, taskName };
    const report = await lifecycle[command]?.(config, context);
    await stdout.write(`${JSON.stringify(report ?? nothingToDo(command))}\n`);
    return 0;
  } catch (error) {
    const failed = { status: "Failed", error: errorText(error) };
    await stdout.write(`${JSON.stringify(failed)}\n`);
    return 1;
  } finally {
    unsubscribe();
  }
}

function nothingToDo(command: LifecycleCommand): Report {
  return command === "status"
    ? { resources: [], message: "this provider keeps no resources" }
    : { changes: [], message: "this provider has nothing to set up" };
}
