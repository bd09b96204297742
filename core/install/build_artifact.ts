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
  MODULE_RUNTIME,
  moduleMediaType,
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
  /** For every platform, beside or instead of the executables. */
  readonly module?: ModuleFile;
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

/** A provider as one JavaScript file. */
export interface ModuleFile {
  readonly path: string;
  /** Versions of the runtime that run it: ">=2.6". */
  readonly runtime: string;
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
  const { artifactType = PROVIDER, module } = parts;
  const config = await writeConfig(parts.spec, layout);
  const manifests: Descriptor[] = [];
  let sizeBytes = 0;
  for (const { platform: { architecture, os }, path } of parts.executables) {
    const platform = { architecture, os };
    const layer = await writeLayer({ platform, path }, parts, layout);
    sizeBytes += layer.size;
    const manifest = await writeManifest(config, layer, parts, layout);
    manifests.push({ ...manifest, platform });
  }
  if (module !== undefined) {
    const layer = await writeModuleLayer(module, parts, layout);
    sizeBytes += layer.size;
    const manifest = await writeManifest(config, layer, parts, layout);
    const annotations = { [MODULE_RUNTIME]: module.runtime };
    // Without a platform: who looks for one passes it by.
    manifests.push({ ...manifest, annotations });
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
  return {
    mediaType: executableMediaType(compression),
    digest: layer,
    size,
    annotations: sorted({
      ...unpacked(executable, compression),
      [TITLE]: title,
    }),
  };
}

async function writeModuleLayer(
  { path, runtime }: ModuleFile,
  { name, compression }: ArtifactParts,
  layout: Layout,
): Promise<Descriptor> {
  const { layer, size, executable } = await pack(path, compression, layout);
  return {
    mediaType: moduleMediaType(compression),
    digest: layer,
    size,
    annotations: sorted({
      ...unpacked(executable, compression),
      [MODULE_RUNTIME]: runtime,
      [TITLE]: `${name}.mjs${SUFFIX[compression]}`,
    }),
  };
}

function unpacked(
  { digest, sizeBytes }: { digest: Digest; sizeBytes: number },
  compression: Compression,
): Annotations {
  if (compression === "none") return {};
  return {
    [EXECUTABLE_DIGEST]: digest,
    [EXECUTABLE_SIZE]: String(sizeBytes),
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
    .replace(/\.(exe|m?js)$/i, "")
    .replace(/[._-](linux|darwin|macos|windows)[_-][a-z0-9_]+$/i, "");
}
