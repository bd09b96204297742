/**
 * Tests that talk to a server or tool which not every machine has.
 *
 * @example
 * ```ts ignore
 * Deno.test({ name: "…", ignore: !needs("postgres"), fn });
 * ```
 *
 * What was missing is told by `deno task test` in its last line, so that nobody
 * takes a run that skipped half for a whole one.
 *
 * @module
 */

import { groups } from "../../scripts/setup/groups.ts";
import { findProgram } from "../../scripts/setup/programs.ts";

/** A file in this folder for each thing that was missing. Set by scripts/test.ts. */
export const MISSING_FOLDER_VARIABLE = "DSTREAM_TESTS_MISSING";

/**
 * @param name A group of `deno task setup`, else a program on PATH such as "bash".
 * @returns Whether it is there. On the build server always true: what it lacks is a
 * failure there.
 */
export function needs(name: string): boolean {
  if (isThere(name)) return true;
  record(name);
  return Deno.env.has("CI");
}

function isThere(name: string): boolean {
  const group = groups.find((one) => one.name === name);
  return group === undefined
    ? findProgram(name) !== undefined
    : group.isThere();
}

/** Test files run in workers side by side, so each writes a file. */
function record(name: string): void {
  const folder = Deno.env.get(MISSING_FOLDER_VARIABLE);
  if (folder !== undefined) Deno.writeTextFileSync(`${folder}/${name}`, "");
}
