/**
 * Runs every test, or those below the paths it is given: `deno task test [PATH…]`.
 *
 * Options go to `deno test` as they are. The last line says what was skipped because
 * a server or tool isn't installed.
 *
 * @module
 */

import { MISSING_FOLDER_VARIABLE } from "../tests/support/needs.ts";
import { groups } from "./setup/groups.ts";

/** Begins the last line; `deno task ok` shows it too. */
export const SKIPPED = "skipped for want of ";

/** @returns The last line; `undefined` when nothing was missing. */
export function describeMissing(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const sorted = [...names].sort();
  const known = sorted.filter((name) =>
    groups.some((group) => group.name === name)
  );
  const advice = known.length === 0
    ? ""
    : ` ("deno task setup ${known.join(" ")}" installs)`;
  return `${SKIPPED}${sorted.join(", ")}${advice}`;
}

/** @returns The exit code of `deno test`. */
async function runTests(args: readonly string[]): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "dstream-missing-" });
  // Ctrl-C reaches the tests as well; this waits for them.
  Deno.addSignalListener("SIGINT", () => {});
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--parallel", ...args],
      env: { [MISSING_FOLDER_VARIABLE]: folder },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const line = describeMissing(names);
    if (line !== undefined) console.error(line);
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await runTests(Deno.args));
