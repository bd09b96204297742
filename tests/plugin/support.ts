/**
 * What tests of plugins share: a folder with a task, and the plugin built in Go.
 *
 * @module
 */

import { goModuleBinary } from "../../scripts/setup/go.ts";
import { goPlugin } from "../../scripts/setup/groups.ts";
import { dstream, type Finished } from "../e2e/support/program.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** One plugin in a folder of its own. */
export interface Plugin {
  readonly folder: TempFolder;
  /** As `MODE` has it: "" or "dotnet". */
  readonly mode: string;
  run(config: string, env?: Record<string, string>): Promise<Finished>;
}

/** A folder with a task "old". */
export async function inFolder(
  run: (plugin: Plugin) => Promise<void>,
  mode = "",
): Promise<void> {
  await using folder = await TempFolder.make();
  await run({
    folder,
    mode,
    run: async (config, env = {}) => {
      await writeTask(folder, config);
      return await dstream(["run", "old"], {
        cwd: folder.path,
        env: { MODE: mode, ...env },
      });
    },
  });
}

/** @param from Instead of the executable's path. */
export async function writeTask(
  folder: TempFolder,
  config: string,
  from = `plugin_path = ${JSON.stringify(goModuleBinary(goPlugin))}`,
): Promise<void> {
  await folder.write(
    "dstream.hcl",
    `task "old" {\n  type = "plugin"\n  ${from}\n${config}\n}\n`,
  );
}

/** A test that needs the plugin. */
export function plugin(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
  isToRun = true,
): void {
  Deno.test({ name, ignore: !needs(goPlugin.name) || !isToRun, fn });
}

/** Steps are named before it is known whether it is there. */
export function goModuleBinaryOrNothing(): string {
  return needs(goPlugin.name) ? goModuleBinary(goPlugin) : "true";
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
