/**
 * Throws out what nobody has used for a while, and what an ended process left.
 *
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../base/errors.ts";
import { hexOf } from "../registry/mod.ts";
import { type FoundRecord, listRecords } from "./artifact_record.ts";

/** What was thrown out. */
export interface Pruned {
  readonly artifacts: readonly FoundRecord[];
  readonly freedBytes: number;
}

/** What is younger may belong to an installation that is under way. */
const UNDER_WAY_MS = 60 * 60 * 1000;

/**
 * @param olderThanMs Artifacts not used for so long go.
 * @param isDryRun Only says what would go.
 */
export async function prune(
  cache: string,
  olderThanMs: number,
  wallMs: number,
  isDryRun: boolean,
): Promise<Pruned> {
  const records = await listRecords(cache);
  const [old, kept] = split(
    records,
    ({ lastUsedMs }) => wallMs - lastUsedMs >= olderThanMs,
  );
  const unused = await unusedFiles(cache, { kept, old }, wallMs);
  if (!isDryRun) {
    for (const { folder } of old) {
      await removeFolder(folder, cache).catch((cause) => {
        throw notRemoved(folder, cause);
      });
    }
    for (const { path } of unused) await Deno.remove(path).catch(() => {});
  }
  const freedBytes = unused.reduce((sum, { size }) => sum + size, 0);
  return { artifacts: old, freedBytes };
}

function notRemoved(folder: string, cause: unknown): DstreamError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DstreamError(
    "cache.not_removed",
    `cannot remove "${folder}": ${reason}`,
    { cause },
  );
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** The artifact's folder, and those above it that are empty then. */
async function removeFolder(folder: string, cache: string): Promise<void> {
  await Deno.remove(folder, { recursive: true });
  for (let above = join(folder, ".."); above !== cache;) {
    try {
      await Deno.remove(above);
    } catch {
      return; // Not empty.
    }
    above = join(above, "..");
  }
}

async function unusedFiles(
  cache: string,
  records: Readonly<Record<"kept" | "old", readonly FoundRecord[]>>,
  wallMs: number,
): Promise<{ path: string; size: number }[]> {
  const wanted = namesOf(records.kept);
  const given = namesOf(records.old);
  const unused: { path: string; size: number }[] = [];
  for (const folder of ["blobs/sha256", "partial", "signatures", "specs"]) {
    for (const { name, path, size, mtimeMs } of await filesIn(cache, folder)) {
      const isYoung = wallMs - mtimeMs < UNDER_WAY_MS;
      if (wanted.has(name)) continue;
      if (given.has(name) || !isYoung) unused.push({ path, size });
    }
  }
  return unused;
}

function namesOf(records: readonly FoundRecord[]): ReadonlySet<string> {
  return new Set(records.flatMap(({ digest, blobs, executables }) => [
    hexOf(digest),
    ...blobs.map(hexOf),
    ...Object.values(executables).map(({ digest }) => hexOf(digest)),
  ]));
}

async function filesIn(cache: string, folder: string) {
  const found: {
    name: string;
    path: string;
    size: number;
    mtimeMs: number;
  }[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(join(cache, folder))) {
      if (!isFile) continue;
      const path = join(cache, folder, name);
      const info = await Deno.stat(path).catch(() => undefined);
      if (info === undefined) continue;
      const mtimeMs = info.mtime?.getTime() ?? 0;
      found.push({ name, path, size: info.size, mtimeMs });
    }
  } catch {
    // Nothing was pulled yet.
  }
  return found;
}
