/**
 * What the cache knows of an artifact besides its bytes: one small file in the
 * artifact's readable folder. Its time is that of the last use.
 *
 * @module
 */

import { join } from "node:path";
import { type Digest, isDigest } from "../registry/digest.ts";
import { formatReference, type Reference } from "../registry/reference.ts";
import { writeWholeFile } from "../base/whole_file.ts";
import type { StoredExecutable } from "./cache.ts";

/** One artifact in the cache. */
export interface ArtifactRecord {
  /** `ghcr.io/acme/in-pg:1.4.0` */
  readonly reference: string;
  /** What the reference stood for when it was pulled last. */
  readonly digest: Digest;
  /** RFC 3339. */
  readonly pulledAt: string;
  /** Manifests and specs that belong to it. */
  readonly blobs: readonly Digest[];
  /** `linux/amd64` → what is here for it. */
  readonly executables: Readonly<Record<string, StoredExecutable>>;
}

/** A record and where it was found. */
export interface FoundRecord extends ArtifactRecord {
  readonly folder: string;
  readonly lastUsedMs: number;
}

const FILE = "artifact.json";
/** Registry, a repository's parts, the version. */
const DEEPEST = 40;
/** Windows keeps these names for devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** `<cache>/ghcr.io/acme/in-pg/1.4.0`; a colon becomes `_`. */
export function artifactFolder(cache: string, reference: Reference): string {
  const { tag, digest } = reference;
  const version = tag ?? digest;
  if (version === undefined) throw new Error("a constraint has no folder");
  return join(repositoryFolder(cache, reference), folderName(version));
}

function repositoryFolder(cache: string, reference: Reference): string {
  const { registry, repository } = reference;
  const parts = [registry, ...repository.split("/")];
  return join(cache, ...parts.map(folderName));
}

/** Under this name an artifact is known here: its tag, or else its digest. */
export function recordName(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return formatReference({
    registry,
    repository,
    ...tag ? { tag } : { digest },
  });
}

function folderName(part: string): string {
  const plain = part.replace(/[:[\]]/g, "_");
  return DEVICE.test(plain) ? `_${plain}` : plain;
}

/** @returns `undefined` where it is missing, damaged or another's. */
export async function readRecord(
  cache: string,
  reference: Reference,
): Promise<ArtifactRecord | undefined> {
  const record = await readRecordIn(artifactFolder(cache, reference));
  // Some file systems take two tags that differ in case for one.
  return record?.reference === recordName(reference) ? record : undefined;
}

async function readRecordIn(
  folder: string,
): Promise<ArtifactRecord | undefined> {
  try {
    const path = join(folder, FILE);
    if (!(await Deno.stat(path)).isFile) return undefined;
    const text = await Deno.readTextFile(path);
    const value = JSON.parse(text);
    const isWhole = typeof value.reference === "string" &&
      isDigest(value.digest) && Array.isArray(value.blobs) &&
      value.blobs.every(isDigest) && isStored(value.executables);
    return isWhole ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Digests become names of files: what is none is not taken for one. */
function isStored(executables: unknown): boolean {
  return typeof executables === "object" && executables !== null &&
    Object.values(executables).every((one) => isDigest(one?.digest));
}

export async function writeRecord(
  folder: string,
  record: ArtifactRecord,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o755 });
  const text = JSON.stringify(record, null, 2) + "\n";
  await writeWholeFile(join(folder, FILE), text, {
    isShared: true,
    mode: 0o644,
  });
}

/** Somebody uses it now. */
export async function touchRecord(
  folder: string,
  wallMs: number,
): Promise<void> {
  const now = new Date(wallMs);
  await Deno.utime(join(folder, FILE), now, now).catch(() => {});
}

/** The tags of a repository that are in the cache. */
export async function cachedTags(
  cache: string,
  reference: Reference,
): Promise<string[]> {
  const folder = repositoryFolder(cache, reference);
  const tags: string[] = [];
  for (const tag of await foldersIn(folder)) {
    const { registry, repository } = reference;
    const record = await readRecord(cache, { registry, repository, tag });
    if (record !== undefined) tags.push(tag);
  }
  return tags;
}

/** Everything that was pulled, by reference. */
export async function listRecords(cache: string): Promise<FoundRecord[]> {
  const found: FoundRecord[] = [];
  await visit(cache, 0, found);
  return found.sort((a, b) => a.reference < b.reference ? -1 : 1);
}

/** The cache's own folders, which hold no artifacts. */
const OWN = new Set([
  "blobs",
  "partial",
  "locks",
  "unpacked",
  "signatures",
  "specs",
]);

async function visit(
  folder: string,
  depth: number,
  found: FoundRecord[],
): Promise<void> {
  const record = await readRecordIn(folder);
  if (record !== undefined) {
    const lastUsedMs = await usedMs(join(folder, FILE));
    found.push({ ...record, folder, lastUsedMs });
  }
  if (depth === DEEPEST) return;
  for (const name of await foldersIn(folder)) {
    if (depth === 0 && OWN.has(name)) continue;
    await visit(join(folder, name), depth + 1, found);
  }
}

async function usedMs(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.mtime?.getTime() ?? 0;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isDirectory) names.push(entry.name);
    }
  } catch {
    // Nothing was pulled yet.
  }
  return names;
}
