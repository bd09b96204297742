/**
 * Texts that users read, kept in files under tests/golden.
 *
 * `UPDATE=1 deno test …` writes them anew; the diff then shows what changed for
 * users.
 *
 * @module
 */

import { assert } from "./assert.ts";

const FOLDER = new URL("../golden/", import.meta.url);

/** @param name Below tests/golden, such as "cli/help_run.txt". */
export async function assertGolden(
  name: string,
  actual: string,
): Promise<void> {
  const file = new URL(name, FOLDER);
  if (Deno.env.get("UPDATE") === "1") {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    return await Deno.writeTextFile(file, actual);
  }
  assert.equal(actual, await readExpected(file), `${name}; UPDATE=1 rewrites`);
}

async function readExpected(file: URL): Promise<string> {
  try {
    // Git may have checked it out with the system's line ends.
    return (await Deno.readTextFile(file)).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
