/**
 * What the provider of a `provider_path` says about itself: asked of it once for each
 * content, so that `validate` finds a misspelt key without starting a stream.
 *
 * Answers are kept in the cache under a digest. Of a script the files around it count
 * too: it may only start what lies beside it.
 *
 * @module
 */

import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DigestStream, hexOf } from "../registry/digest.ts";
import type { Diagnostic } from "../base/errors.ts";
import { isJsonObject, tryParseObject } from "../base/json.ts";
import { writeWholeFile } from "../base/whole_file.ts";
import type { Configuration, ProviderBlock } from "../config/task.ts";
import { cacheFolder } from "../install/cache_folder.ts";
import { findExecutable } from "../install/executable.ts";
import { shownPath } from "../install/shown_path.ts";
import { ask } from "../ports/ask.ts";
import { blocksOf } from "./blocks.ts";
import type { Site } from "./site.ts";
import { parseSpec, wrongSpec } from "./spec.ts";

/** An executable that doesn't know the word may wait for a start line. */
const TIMEOUT_MS = 10_000;
/** A longer text is cut, and then it is no spec. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
/** A script with more around it is asked each time. */
const MOST_FILES = 1000;
const DEEPEST = 3;

/**
 * Fills the site's list of described paths.
 * @returns What is wrong with a description that is one otherwise.
 */
export async function describePaths(
  { tasks, folder }: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const blocks = [...tasks.values()].flatMap(blocksOf);
  const byPath = Map.groupBy(
    blocks.filter(({ source }) => source.kind === "path"),
    ({ source }) => source.kind === "path" ? source.path : "",
  );
  const found = await Promise.all(
    [...byPath].map(([path, blocks]) =>
      describePath(path, folder, site, blocks)
    ),
  );
  return found.flat();
}

async function describePath(
  path: string,
  folder: string,
  site: Site,
  blocks: readonly ProviderBlock[],
): Promise<Diagnostic[]> {
  const { os } = site.world.platform;
  // What can't be started is told by who starts it.
  const executable = await findExecutable(path, { folder, os })
    .catch(() => undefined);
  if (executable === undefined) return [];
  if (await hasWindowsLines(executable, os)) {
    return blocks.map((block) => windowsLines(block, executable, folder));
  }
  const text = await specText(executable, folder, site);
  const spec = text === undefined ? undefined : parseSpec(text);
  if (text === undefined || spec === undefined) return [];
  site.paths.set(path, { spec });
  return wrongSpec(text, spec.name, blocks);
}

/** A shebang of any length that systems take. */
const SHEBANG_BYTES = 256;

/** The system would look for an interpreter with a carriage return in its name. */
async function hasWindowsLines(path: string, os: string): Promise<boolean> {
  if (os === "windows") return false;
  await using file = await open(path);
  const bytes = new Uint8Array(SHEBANG_BYTES);
  const { bytesRead } = await file.read(bytes, 0, SHEBANG_BYTES, 0);
  const start = new TextDecoder().decode(bytes.subarray(0, bytesRead));
  return /^#![^\n]*\r\n/.test(start);
}

function windowsLines(
  { sourceAt }: ProviderBlock,
  path: string,
  folder: string,
): Diagnostic {
  const shown = shownPath(path, folder);
  return {
    severity: "error",
    code: "config.provider_not_executable",
    message: `the line ends of the script "${shown}" are those of Windows`,
    at: sourceAt,
    hint: `it needs those of Unix: sed -i 's/\\r$//' ${shown}`,
  };
}

/** As kept, or asked and then kept. */
async function specText(
  executable: string,
  cwd: string,
  site: Site,
): Promise<string | undefined> {
  const place = await placeOf(executable, site.world.env)
    .catch(() => undefined);
  const kept = place === undefined ? undefined : await readKept(place);
  if (kept !== undefined) return kept.spec;
  const spec = await askOnce(executable, cwd, site).catch(() => undefined);
  // A cache that can't be written to only costs another question.
  if (place !== undefined) await keep(place, { spec }).catch(() => {});
  return spec;
}

async function askOnce(
  executable: string,
  cwd: string,
  { world: { spawner, clock } }: Site,
): Promise<string | undefined> {
  const child = spawner.spawn({ argv: [executable, "spec"], cwd });
  const bounds = { timeoutMs: TIMEOUT_MS, maxOutput: MOST_CHARACTERS };
  const { output } = await ask(child, bounds, clock);
  return parseSpec(output) === undefined ? undefined : output;
}

async function readKept(
  place: string,
): Promise<{ spec?: string } | undefined> {
  const text = await readFile(place, "utf-8").catch(() => "");
  const kept = tryParseObject(text);
  if (!isJsonObject(kept)) return undefined;
  return typeof kept.spec === "string" ? { spec: kept.spec } : {};
}

async function keep(
  place: string,
  kept: { readonly spec: string | undefined },
): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await writeWholeFile(place, JSON.stringify(kept), { isShared: true });
}

/** Where the answer is kept; `undefined`: nowhere, it is asked each time. */
async function placeOf(
  executable: string,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const digest = new DigestStream();
  const isScript = await addContent(executable, digest);
  if (isScript) {
    const around = await listAround(dirname(executable));
    if (around === undefined) return undefined;
    digest.update(new TextEncoder().encode(around.join("\n")));
  }
  return join(cacheFolder(env), "specs", hexOf(digest.digest()));
}

/** @returns Whether it is a script. */
async function addContent(
  path: string,
  digest: DigestStream,
): Promise<boolean> {
  await using file = await open(path);
  const buffer = new Uint8Array(READ_BYTES);
  let isScript = false;
  for (let at = 0;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, at);
    if (bytesRead === 0) return isScript;
    // "#!"
    if (at === 0) isScript = buffer[0] === 0x23 && buffer[1] === 0x21;
    digest.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Names, sizes and times of the files in a folder; nothing where they are many. */
async function listAround(folder: string): Promise<string[] | undefined> {
  const lines: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (lines.length > MOST_FILES) return;
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) await visit(inner, depth + 1);
      if (!entry.isFile()) continue;
      const { size, mtimeMs } = await stat(inner);
      lines.push(`${inner} ${size} ${mtimeMs}`);
    }
  };
  await visit(folder, 0);
  return lines.length > MOST_FILES ? undefined : lines.sort();
}
