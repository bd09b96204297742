/**
 * References → what `.dstream.lock.hcl` says of them: asked anew where nothing is
 * known or the user wants to move on, else as before.
 *
 * @module
 */

import {
  chooseLayer,
  chooseManifest,
  type Digest,
  formatPlatform,
  formatReference,
  type Platform,
  platformsOf,
  type Reference,
} from "../registry/mod.ts";
import { Installer } from "./install.ts";
import type { InstallerOptions } from "./install_options.ts";
import type { Locked, LockedProvider } from "./lock_file.ts";

/** What happened to an entry. */
export type LockChange = "kept" | "added" | "upgraded" | "removed";

/** One line of the report. */
export interface LockedChange {
  readonly provider: LockedProvider;
  readonly change: LockChange;
}

/** @param isUpgrade Asks the registry also for what is locked. */
export async function lockReferences(
  references: readonly Reference[],
  before: Locked | undefined,
  isUpgrade: boolean,
  options: InstallerOptions,
): Promise<LockedChange[]> {
  const fresh: InstallerOptions = {
    ...options,
    pull: "always",
    locked: undefined,
  };
  const changes: LockedChange[] = [];
  const names = new Set<string>();
  for (const reference of references) {
    const name = formatReference(reference);
    if (names.has(name)) continue;
    names.add(name);
    const old = before?.get(name);
    const provider = old !== undefined && !isUpgrade
      ? await withSigner(old, reference, fresh)
      : await lockOne(reference, name, fresh);
    changes.push({ provider, change: changeOf(old, provider) });
  }
  for (const [name, provider] of before ?? []) {
    if (!names.has(name)) changes.push({ provider, change: "removed" });
  }
  return changes;
}

function changeOf(
  old: LockedProvider | undefined,
  now: LockedProvider,
): LockChange {
  if (old === undefined) return "added";
  const isSame = old.digest === now.digest && old.signedBy === now.signedBy;
  return isSame ? "kept" : "upgraded";
}

/** It was locked before signatures were asked for. */
async function withSigner(
  old: LockedProvider,
  { registry, repository }: Reference,
  options: InstallerOptions,
): Promise<LockedProvider> {
  if (old.signedBy !== undefined) return old;
  const { digest } = old;
  const reference = { registry, repository, digest };
  const signedBy = await new Installer(options).signedBy({ reference, digest });
  return signedBy === undefined ? old : { ...old, signedBy };
}

async function lockOne(
  reference: Reference,
  name: string,
  options: InstallerOptions,
): Promise<LockedProvider> {
  const installer = new Installer(options);
  const pinned = await installer.pin(reference);
  const { digest, reference: { tag } } = pinned;
  const top = await installer.readManifest(pinned);
  const signedBy = await installer.signedBy(pinned);
  const executables: Record<string, Digest> = {};
  for (const platform of platformsOf(top)) {
    const manifest = top.kind === "manifest" ? top : await installer
      .readManifest({ ...pinned, ...chooseManifest(top, platform, name) });
    if (manifest.kind === "index") continue;
    const layer = chooseLayer(manifest, platform, name);
    executables[formatPlatform(platform)] = layer.digest ??
      await unpackedDigest(pinned.reference, digest, platform, options);
  }
  if (platformsOf(top).length === 0 && top.kind === "manifest") {
    // One file for every machine, such as a script.
    const { platform } = options;
    const layer = chooseLayer(top, platform, name);
    if (layer.digest) executables[formatPlatform(platform)] = layer.digest;
  }
  const module = (await installer.moduleOf(pinned))?.digest;
  return {
    reference: name,
    ...tag !== undefined && { version: tag },
    digest,
    ...signedBy !== undefined && { signedBy },
    executables,
    ...module !== undefined && { module },
  };
}

/** A foreign artifact may not say what its layer unpacks to: we look. */
async function unpackedDigest(
  { registry, repository }: Reference,
  digest: Digest,
  platform: Platform,
  options: InstallerOptions,
): Promise<Digest> {
  const prefer = "executable";
  const installer = new Installer({ ...options, platform, prefer });
  const { executable } = await installer.install({
    registry,
    repository,
    digest,
  });
  return executable.digest;
}
