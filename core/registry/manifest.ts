/**
 * Manifests and indexes: text from a registry → lists that can be trusted to have
 * their shape. Whether the bytes are the right ones is their digest's business.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import { DstreamError } from "../base/errors.ts";
import { type Digest, isDigest } from "./digest.ts";
import * as mediaTypes from "./media_type.ts";
import type { Platform } from "./platform.ts";

/** Registries refuse more than this, and so do we. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** More lines than any real artifact has. */
const MAX_DESCRIPTORS = 1000;

/** Free remarks. */
export type Annotations = Readonly<Record<string, string>>;

/** Some bytes somewhere: what they are, how many, and which. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Annotations;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

/** One artifact: a config and layers. */
export interface Manifest {
  readonly kind: "manifest";
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Annotations;
  /** What it is about, where it is attached to another: a signature. */
  readonly subject?: Descriptor;
}

/** The same for several platforms: a manifest for each. */
export interface Index {
  readonly kind: "index";
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations: Annotations;
}

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * @param mediaType What the registry said it is; the text's own word wins.
 * @throws {DstreamError} `registry.manifest_invalid`
 */
export function parseManifest(
  bytes: Uint8Array,
  mediaType: string | undefined,
): Manifest | Index {
  const value = parseJson(bytes);
  const said = typeof value.mediaType === "string"
    ? value.mediaType
    : mediaType?.split(";")[0].trim();
  const isIndex = said === mediaTypes.INDEX || said === mediaTypes.DOCKER_INDEX;
  const isManifest = said === mediaTypes.MANIFEST ||
    said === mediaTypes.DOCKER_MANIFEST;
  // Both lists in one text could be read two ways.
  if (value.manifests !== undefined && value.layers !== undefined) {
    throw invalid("it has both manifests and layers");
  }
  if (isIndex || (!isManifest && Array.isArray(value.manifests))) {
    return toIndex(value, said ?? mediaTypes.INDEX);
  }
  if (isManifest || Array.isArray(value.layers)) {
    return toManifest(value, said ?? mediaTypes.MANIFEST);
  }
  throw invalid(`its kind is unknown (${said ?? "none said"})`);
}

function parseJson(bytes: Uint8Array): JsonRecord {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    throw invalid("it is not JSON");
  }
  throw invalid("it is no JSON object");
}

function toIndex(value: JsonRecord, mediaType: string): Index {
  return {
    kind: "index",
    mediaType,
    ...artifactType(value),
    manifests: descriptors(value.manifests, "manifests"),
    annotations: annotations(value.annotations),
  };
}

function toManifest(value: JsonRecord, mediaType: string): Manifest {
  return {
    kind: "manifest",
    mediaType,
    ...artifactType(value),
    config: descriptor(value.config, "config"),
    layers: descriptors(value.layers, "layers"),
    annotations: annotations(value.annotations),
    ...isJsonObject(value.subject) &&
      { subject: descriptor(value.subject, "subject") },
  };
}

function artifactType({ artifactType }: JsonRecord) {
  return typeof artifactType === "string" && artifactType !== ""
    ? { artifactType }
    : {};
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`${where} is no list`);
  if (value.length > MAX_DESCRIPTORS) {
    throw invalid(`${where} has more than ${MAX_DESCRIPTORS} entries`);
  }
  return value.map((one, i) => descriptor(one, `${where}[${i}]`));
}

function descriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(`${where} is no object`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== "string") throw invalid(`${where} has no mediaType`);
  if (!isDigest(digest)) throw invalid(`${where} has no sha256 digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw invalid(`${where} has no size`);
  }
  return {
    mediaType,
    digest,
    size: size as number,
    ...artifactType(value),
    ...isJsonObject(value.annotations) &&
      { annotations: annotations(value.annotations) },
    ...platform(value.platform),
  };
}

function platform(value: unknown): { platform?: Platform } {
  if (!isJsonObject(value)) return {};
  const { os, architecture, variant } = value;
  if (typeof os !== "string" || typeof architecture !== "string") return {};
  const isNamed = typeof variant === "string" && variant !== "";
  return { platform: { os, architecture, ...isNamed && { variant } } };
}

function annotations(value: unknown): Annotations {
  if (!isJsonObject(value)) return {};
  const texts = Object.entries(value)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}

function invalid(reason: string): DstreamError {
  return new DstreamError(
    "registry.manifest_invalid",
    `cannot read the manifest: ${reason}`,
    { hint: "the artifact has to be pushed again by its publisher" },
  );
}

/** The bytes of a manifest as we write it: the same parts, the same bytes. */
export function encodeManifest(value: JsonRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
