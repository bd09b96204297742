/**
 * Finds a platform's executable in an artifact, whichever of the two layouts it
 * has: ours (an index, a manifest for each platform, one layer in each) or
 * upstream's (one manifest, a layer for each platform, told apart by title).
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { type Digest, isDigest } from "./digest.ts";
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

/** No executable is larger, whatever its annotations say. */
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
  const [found] = index.manifests
    .filter((one) =>
      one.platform !== undefined && isSamePlatform(one.platform, platform)
    )
    .sort((a, b) => demandOf(a) - demandOf(b));
  if (found !== undefined) return found;
  throw platformMissing(name, platform, platformsOfIndex(index));
}

/** What a variant wants of a processor: the least runs on every one. */
function demandOf({ platform }: Descriptor): number {
  const { architecture, variant } = platform!;
  const level = Number(variant?.match(/^v(\d+)/)?.[1] ?? 0);
  // All of arm64 is v8, whether it says so or not.
  return architecture === "arm64" && level <= 8 ? 0 : level;
}

/** @throws {DstreamError} `registry.platform_missing`, `registry.no_executable` */
export function chooseLayer(
  manifest: Manifest,
  platform: Platform,
  name: string,
): ExecutableLayer {
  const layer = titledFor(manifest, platform) ?? onlyExecutable(manifest) ??
    plain(manifest);
  if (layer !== undefined) return toExecutable(layer, name);
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

/**
 * A layer and what it unpacks to.
 * @throws {DstreamError} `registry.executable_invalid`
 */
export function toExecutable(
  layer: Descriptor,
  name: string,
): ExecutableLayer {
  const compression = compressionOf(layer.mediaType);
  if (layer.size > MAX_EXECUTABLE_BYTES) {
    throw unusable(name, `a layer has more than ${MAX_EXECUTABLE_BYTES} bytes`);
  }
  if (compression === "none") {
    const { digest, size } = layer;
    return { layer, compression, digest, maxSizeBytes: size };
  }
  return { layer, compression, ...announced(layer, name) };
}

function announced({ annotations }: Descriptor, name: string) {
  const digest = annotations?.[EXECUTABLE_DIGEST];
  const size = Number(annotations?.[EXECUTABLE_SIZE]);
  const isSize = Number.isSafeInteger(size) && size >= 0;
  if (digest !== undefined && !isDigest(digest)) {
    throw unusable(name, `${EXECUTABLE_DIGEST} is no sha256 digest`);
  }
  // How much a bomb may become is not for its maker to say.
  return {
    maxSizeBytes: isSize
      ? Math.min(size, MAX_EXECUTABLE_BYTES)
      : MAX_EXECUTABLE_BYTES,
    ...digest !== undefined && { digest },
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
  const all = manifests.flatMap(({ platform }) => platform ?? [])
    .filter(({ os }) => os !== "unknown");
  return all.filter((one, i) =>
    all.findIndex((other) => isSamePlatform(one, other)) === i
  ).map(({ os, architecture }) => ({ os, architecture }));
}

function platformsOfManifest({ layers }: Manifest): Platform[] {
  return layers.flatMap((layer) => platformInTitle(titleOf(layer)) ?? []);
}

function unusable(name: string, reason: string): DstreamError {
  return new DstreamError(
    "registry.executable_invalid",
    `cannot use "${name}": ${reason}`,
    { hint: "the artifact has to be pushed again by its publisher" },
  );
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
