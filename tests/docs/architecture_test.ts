/**
 * ARCHITECTURE.md and the faces of folders name files that exist.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Those whose `mod.ts` has a table of questions and files. */
const FACES = [
  "cli",
  "cli/commands",
  "cli/providers",
  "cli/tasks",
  "cli/terminal",
  "cli/views",
  "core/project",
];

/** A path of the repository, or a file beside the face. */
const PATH = /`([\w./-]+(?:\.(?:ts|md)|\/))`/g;

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(join(ROOT, path)).then(() => true, () => false);
}

async function missing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(isThere));
  return paths.filter((_, i) => !found[i]);
}

function pathsOf(text: string): string[] {
  return [...text.matchAll(PATH)].map(([, path]) => path);
}

Deno.test("what the table of ARCHITECTURE.md says to open is there", async () => {
  const page = await Deno.readTextFile(join(ROOT, "ARCHITECTURE.md"));
  const table = page.slice(page.indexOf("\n## Where to look"));
  const paths = pathsOf(table);
  assert(paths.length > 20, `only ${paths.length} paths were found`);
  assertEquals(await missing(paths), []);
});

Deno.test("every file that ARCHITECTURE.md names is there, under that name", async () => {
  const page = await Deno.readTextFile(join(ROOT, "ARCHITECTURE.md"));
  const files = (await listSources(ROOT)).map((path) => `/${path}`);
  const names = pathsOf(page).filter((path) => path.endsWith(".ts"));
  const lost = names.filter((name) =>
    !files.some((file) => file.endsWith(`/${name}`))
  );
  assertEquals(lost, []);
});

async function listSources(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const room of ["core", "cli", "providers", "scripts", "tests"]) {
    await walk(join(folder, room), room, paths);
  }
  return [...paths, "main.ts", "mod.ts"];
}

async function walk(
  folder: string,
  name: string,
  paths: string[],
): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${name}/${entry.name}`;
    if (entry.isDirectory) await walk(join(folder, entry.name), path, paths);
    else paths.push(path);
  }
}

for (const folder of FACES) {
  Deno.test(`the face of ${folder} names files that are there`, async () => {
    const face = await Deno.readTextFile(join(ROOT, folder, "mod.ts"));
    const head = face.slice(0, face.indexOf("*/"));
    const paths = pathsOf(head).map((path) => `${folder}/${path}`);
    assert(paths.length > 0, `${folder}/mod.ts names no file`);
    assertEquals(await missing(paths), []);
  });
}
