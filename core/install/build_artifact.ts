/**
 * Executables → an artifact in our layout, in a folder of its own. The same
 * executables and words make the same bytes, wherever and whenever.
 *
 * @module
 */

import { basename } from "node:path";
import { createGzip, createZstdCompress } from "node:zlib";
import {
  type Annotations,
  type Compression,
  type Descriptor,
  type Digest,
  digestOf,
  DigestStream,
  EMPTY,
  encodeManifest,
  EXECUTABLE_DIGEST,
  EXECUTABLE_SIZE,
  executableMediaType,
  formatPlatform,
  INDEX,
  MANIFEST,
  type Platform,
  PROVIDER,
  SPEC,
  TITLE,
} from "../registry/mod.ts";
import { Layout } from "./layout.ts";
import { writeAllSync } from "../base/whole_file.ts";

/** What goes into an artifact. */
export interface ArtifactParts {
  /** "dstream-in-mssql": part of the titles. */
  readonly name: string;
  readonly executables: readonly PlatformExecutable[];
  /** What it is; a provider unless told. */
  readonly artifactType?: string;
  /** What the provider prints for `spec`, byte for byte. */
  readonly spec?: string;
  readonly annotations: Annotations;
  readonly compression: Compression;
}

/** One file, and what it runs on. */
export interface PlatformExecutable {
  readonly platform: Platform;
  readonly path: string;
}

/** A built artifact. */
export interface BuiltArtifact {
  readonly top: Descriptor;
  /** Bytes of all layers, as they are stored. */
  readonly sizeBytes: number;
}

const READ_BYTES = 1024 * 1024;
/** Nearly as small as it gets, in a second and a half for 60 MB. */
const ZSTD_LEVEL = 9;
/** zlib's own number for it; the runtime's types don't have the constant. */
const ZSTD_LEVEL_PARAMETER = 100;
const EMPTY_CONFIG = new TextEncoder().encode("{}");

/** @param tag Under this name the layout lists it. */
export async function buildArtifact(
  parts: ArtifactParts,
  folder: string,
  tag: string | undefined,
): Promise<BuiltArtifact> {
  const layout = await Layout.create(folder);
  const { artifactType = PROVIDER } = parts;
  const config = await writeConfig(parts.spec, layout);
  const manifests: Descriptor[] = [];
  let sizeBytes = 0;
  for (const executable of parts.executables) {
    const layer = await writeLayer(executable, parts, layout);
    sizeBytes += layer.size;
    manifests.push(
      await writeManifest(executable.platform, config, layer, parts, layout),
    );
  }
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: INDEX,
    artifactType,
    manifests,
    annotations: sorted(parts.annotations),
  });
  const digest = await layout.writeBlob(bytes);
  const top = { mediaType: INDEX, digest, size: bytes.length };
  await layout.writeIndex({ ...top, artifactType }, tag);
  return { top, sizeBytes };
}

async function writeConfig(
  spec: string | undefined,
  layout: Layout,
): Promise<Descriptor> {
  const bytes = spec === undefined
    ? EMPTY_CONFIG
    : new TextEncoder().encode(spec);
  const digest = await layout.writeBlob(bytes);
  const mediaType = spec === undefined ? EMPTY : SPEC;
  return { mediaType, digest, size: bytes.length };
}

async function writeManifest(
  platform: Platform,
  config: Descriptor,
  layer: Descriptor,
  { annotations, artifactType = PROVIDER }: ArtifactParts,
  layout: Layout,
): Promise<Descriptor> {
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType,
    config,
    layers: [layer],
    annotations: sorted(annotations),
  });
  const digest = await layout.writeBlob(bytes);
  return {
    mediaType: MANIFEST,
    digest,
    size: bytes.length,
    artifactType,
    platform: { architecture: platform.architecture, os: platform.os },
  };
}

async function writeLayer(
  { platform, path }: PlatformExecutable,
  { name, compression }: ArtifactParts,
  layout: Layout,
): Promise<Descriptor> {
  const { layer, size, executable } = await pack(path, compression, layout);
  const isWindows = platform.os === "windows";
  const title = `${name}_${formatPlatform(platform).replace("/", "_")}` +
    (isWindows ? ".exe" : "") + SUFFIX[compression];
  const unpacked: Annotations = compression === "none" ? {} : {
    [EXECUTABLE_DIGEST]: executable.digest,
    [EXECUTABLE_SIZE]: String(executable.sizeBytes),
  };
  return {
    mediaType: executableMediaType(compression),
    digest: layer,
    size,
    annotations: sorted({ ...unpacked, [TITLE]: title }),
  };
}

const SUFFIX: Readonly<Record<Compression, string>> = {
  none: "",
  gzip: ".gz",
  zstd: ".zst",
};

/** Copies a file into the layout, compressed, hashing both ends. */
async function pack(
  path: string,
  compression: Compression,
  layout: Layout,
): Promise<
  {
    layer: Digest;
    size: number;
    executable: { digest: Digest; sizeBytes: number };
  }
> {
  const beside = layout.blobPath(digestOf(new TextEncoder().encode(path))) +
    ".part";
  using from = await Deno.open(path);
  const before = new DigestStream();
  const after = new DigestStream();
  {
    using to = await Deno.open(beside, {
      write: true,
      create: true,
      truncate: true,
    });
    const write = (bytes: Uint8Array) => {
      after.update(bytes);
      writeAllSync(to, bytes);
    };
    const packer = openPacker(compression, write);
    const buffer = new Uint8Array(READ_BYTES);
    for (let n = await from.read(buffer); n !== null;) {
      const bytes = buffer.slice(0, n);
      before.update(bytes);
      await packer.write(bytes);
      n = await from.read(buffer);
    }
    await packer.end();
  }
  const { sizeBytes: size } = after;
  const layer = after.digest();
  await Deno.rename(beside, layout.blobPath(layer));
  const { sizeBytes } = before;
  return { layer, size, executable: { digest: before.digest(), sizeBytes } };
}

interface Packer {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function openPacker(
  compression: Compression,
  write: (bytes: Uint8Array) => void,
): Packer {
  if (compression === "none") {
    return {
      write: (bytes) => Promise.resolve(write(bytes)),
      end: () => Promise.resolve(),
    };
  }
  const stream = compression === "gzip"
    ? createGzip()
    : createZstdCompress({ params: { [ZSTD_LEVEL_PARAMETER]: ZSTD_LEVEL } });
  stream.on("data", write);
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    end: () =>
      new Promise((resolve, reject) => {
        stream.on("end", resolve).on("error", reject);
        stream.end();
      }),
  };
}

/** Objects keep their order in JSON: one order makes one digest. */
function sorted(annotations: Annotations): Annotations {
  return Object.fromEntries(
    Object.entries(annotations).sort(([a], [b]) => a < b ? -1 : Number(a > b)),
  );
}

/** `dist/dstream-in-counter-linux-x64` → `dstream-in-counter`. */
export function productName(path: string): string {
  return basename(path)
    .replace(/\.exe$/i, "")
    .replace(/[._-](linux|darwin|macos|windows)[_-][a-z0-9_]+$/i, "");
}
