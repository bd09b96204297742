/**
 * A program and all it imports → one file to compile.
 *
 * Compiling the sources as they are would embed whole npm packages (157 MB instead
 * of 96) and the paths of the machine that built them. Minifying drops comments
 * and names that hold paths. What is imported lazily still runs when it is asked
 * for; files of its own (code splitting) would lose the names that a CommonJS
 * package exports.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "./tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundled CommonJS packages call `require` for what the runtime has built in.
 * Deno 2.6 leaves that call to a global that modules don't have.
 */
const REQUIRE = 'import{createRequire as $cr}from"node:module";' +
  "const require=$cr(import.meta.url);";

/** `deno compile` embeds the file's time; always the same one. */
const FILE_TIME = new Date("2026-01-01T00:00:00Z");

/** Bundles `entry` (relative to the project) into the file `output`. */
export async function bundle(entry: string, output: string): Promise<void> {
  await runTool(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--minify",
    "--platform=deno",
    // A package asks for it only where it isn't a global.
    "--external=performance",
    `--output=${output}`,
    join(ROOT, entry),
  ], { cwd: ROOT });
  const code = await Deno.readTextFile(output);
  if (code.includes("Dynamic require of")) {
    await Deno.writeTextFile(output, REQUIRE + code);
  }
  await Deno.utime(output, FILE_TIME, FILE_TIME);
}
