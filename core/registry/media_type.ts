/**
 * The names of what a registry holds.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md
 * @module
 */

export const INDEX = "application/vnd.oci.image.index.v1+json";
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const EMPTY = "application/vnd.oci.empty.v1+json";

/** Docker's own, from before there was a standard. */
export const DOCKER_INDEX =
  "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST =
  "application/vnd.docker.distribution.manifest.v2+json";

/** Everything a manifest request can be answered with. */
export const ACCEPTED_MANIFESTS = [
  INDEX,
  MANIFEST,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
].join(", ");

/** `artifactType` of an index or manifest that is a provider. */
export const PROVIDER = "application/vnd.dstream.provider.v1";
/** A manifest's config: what `PROVIDER spec` prints. */
export const SPEC = "application/vnd.dstream.provider.spec.v1+json";
/** A layer: the executable, as it is or compressed. */
export const EXECUTABLE = "application/vnd.dstream.provider.executable.v1";

/** A layer: the provider as one JavaScript file that needs no other. */
export const MODULE = "application/vnd.dstream.provider.module.v1";

/** How a layer's bytes become an executable's. */
export type Compression = "none" | "gzip" | "zstd";

/** Of an executable's layer. */
export function executableMediaType(compression: Compression): string {
  return compression === "none" ? EXECUTABLE : `${EXECUTABLE}+${compression}`;
}

/** Of a module's layer. */
export function moduleMediaType(compression: Compression): string {
  return compression === "none" ? MODULE : `${MODULE}+${compression}`;
}

/** Told by the suffix of the media type, as RFC 6838 has it. */
export function compressionOf(mediaType: string): Compression {
  if (mediaType.endsWith("+zstd")) return "zstd";
  return /[+.]gzip$/.test(mediaType) ? "gzip" : "none";
}
