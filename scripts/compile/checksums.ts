/**
 * dist/SHA256SUMS, in the form `sha256sum --check` reads.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

const FILE = "SHA256SUMS";

/** Writes a line for every executable in the folder, sorted by name. */
export async function writeChecksums(folder: string): Promise<void> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name.startsWith("dstream")) names.push(name);
  }
  const lines = await Promise.all(
    names.sort().map(async (name) =>
      `${await digest(join(folder, name))}  ${name}\n`
    ),
  );
  await Deno.writeTextFile(join(folder, FILE), lines.join(""));
}

/** @returns The file's SHA-256 in hexadecimal digits. */
export async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}
