/**
 * Finds a platform's executable in an artifact, whichever of the two layouts it
 * has: ours (an index, a manifest for each platform, one layer in each) or
 * upstream's (one manifest, a layer for each platform, told apart by title).
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Digest } from "./digest.ts";
import type { Descriptor, Index, Manifest } from "./manifest.ts";
import { type Compression, compressionOf, EXECUTABLE } from "./media_type.ts";
import {
  formatPlatform,
  isSamePlatform,
  type Platform,
  platformInTitle,
} from "./platform.ts";

/** Set by `oras push` and by us: the file's name. */
export const TITLE = "org.opencontainers.image.title";
/** Ours, on a compressed layer: what it unpacks to. */
export const EXECUTABLE_DIGEST = "dev.dstream.executable.digest";
export const EXECUTABLE_SIZE = "dev.dstream.executable.size";
/** Ours, on manifest and index. */
export const PROTOCOL_VERSION = "dev.dstream.protocol.version";

/** What no annotation bounds unpacks to at most this. */
export const MAX_EXECUTABLE_BYTES = 1024 ** 3;

/** Where a platform's executable is. */
export interface ExecutableLayer {
  readonly layer: Descriptor;
  readonly compression: Compression;
  /** Of the executable itself; absent where only unpacking will tell. */
  readonly digest?: Digest;
  /** Bytes; a bound where the exact size isn't known. */
  readonly maxSizeBytes: number;
}

/**
 * @param name For the message: `ghcr.io/acme/in-pg:1.4.0`.
 * @returns The platform's manifest.
 * @throws {DstreamError} `registry.platform_missing` with those there are.
 */
export function chooseManifest(
  index: Index,
  platform: Platform,
  name: string,
): Descriptor {
  const found = index.manifests.find((one) =>
    one.platform !== undefined && isSamePlatform(one.platform, platform)
  );
  if (found !== undefined) return found;
  throw platformMissing(name, platform, platformsOfIndex(index));
}

/** @throws {DstreamError} `registry.platform_missing`, `registry.no_executable` */
export function chooseLayer(
  manifest: Manifest,
  platform: Platform,
  name: string,
): ExecutableLayer {
  const layer = titledFor(manifest, platform) ?? onlyExecutable(manifest) ??
    plain(manifest);
  if (layer !== undefined) return toExecutable(layer);
  const platforms = platformsOfManifest(manifest);
  if (platforms.length > 0) throw platformMissing(name, platform, platforms);
  throw new DstreamError(
    "registry.no_executable",
    `"${name}" holds no provider`,
    {
      hint: 'a provider\'s layers are titled like "plugin.linux_amd64"; ' +
        "`dstream provider push` makes such artifacts",
    },
  );
}

function titledFor(
  { layers }: Manifest,
  platform: Platform,
): Descriptor | undefined {
  return layers.find((layer) => {
    const found = platformInTitle(titleOf(layer));
    return found !== undefined && isSamePlatform(found, platform);
  });
}

/** The layer is for this platform alone: its title may say what it likes. */
function onlyExecutable({ layers }: Manifest): Descriptor | undefined {
  const executables = layers.filter((layer) =>
    layer.mediaType.startsWith(EXECUTABLE) &&
    platformInTitle(titleOf(layer)) === undefined
  );
  return executables.length === 1 ? executables[0] : undefined;
}

/** A script, or one platform's executable without saying which. */
function plain({ layers }: Manifest): Descriptor | undefined {
  return layers.find((layer) =>
    /^(plugin|provider)(\.exe)?$/.test(titleOf(layer))
  );
}

function titleOf({ annotations }: Descriptor): string {
  return annotations?.[TITLE] ?? "";
}

function toExecutable(layer: Descriptor): ExecutableLayer {
  const compression = compressionOf(layer.mediaType);
  if (compression === "none") {
    const { digest, size } = layer;
    return { layer, compression, digest, maxSizeBytes: size };
  }
  return { layer, compression, ...announced(layer) };
}

function announced({ annotations }: Descriptor) {
  const digest = annotations?.[EXECUTABLE_DIGEST];
  const size = Number(annotations?.[EXECUTABLE_SIZE]);
  const isBounded = Number.isSafeInteger(size) && size >= 0;
  return {
    maxSizeBytes: isBounded ? size : MAX_EXECUTABLE_BYTES,
    ...digest !== undefined && { digest: digest as Digest },
  };
}

/** For tables and messages, in the artifact's order. */
export function platformsOf(artifact: Index | Manifest): Platform[] {
  return artifact.kind === "index"
    ? platformsOfIndex(artifact)
    : platformsOfManifest(artifact);
}

/** Build records are listed as manifests for the platform "unknown". */
function platformsOfIndex({ manifests }: Index): Platform[] {
  return manifests.flatMap(({ platform }) => platform ?? [])
    .filter(({ os }) => os !== "unknown");
}

function platformsOfManifest({ layers }: Manifest): Platform[] {
  return layers.flatMap((layer) => platformInTitle(titleOf(layer)) ?? []);
}

function platformMissing(
  name: string,
  platform: Platform,
  there: readonly Platform[],
): DstreamError {
  return new DstreamError(
    "registry.platform_missing",
    `"${name}" has no executable for ${formatPlatform(platform)}`,
    {
      hint: there.length === 0
        ? "its index names no platform"
        : `it has ${there.map(formatPlatform).join(", ")}`,
    },
  );
}
