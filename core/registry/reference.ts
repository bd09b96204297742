/**
 * Reads provider references: `ghcr.io/acme/in-pg:1.4.0@sha256:…`.
 *
 * The rules for names are Docker's. What follows the colon may also be a version
 * constraint (`:~> 1.2`), which the lock file fixes.
 *
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 * @module
 */

import { DstreamError, type Location } from "../base/errors.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isLoopbackHost } from "./host.ts";
import { newestTag, parseConstraints } from "../base/version.ts";

/** A reference taken apart. */
export interface Reference {
  /** `ghcr.io`, `localhost:5000`, `[::1]:5000`; lower case. */
  readonly registry: string;
  /** `acme/in-pg` */
  readonly repository: string;
  /** A name that may move. */
  readonly tag?: string;
  /** `~> 1.2`: the newest tag that fits; instead of a tag. */
  readonly constraint?: string;
  readonly digest?: Digest;
}

/** What stands around a reference. */
export interface ReferenceContext {
  /** Where the text stands, so that a failure can point at it. */
  readonly at?: Location;
  /** `ghcr.io/acme`: goes before a reference without a registry. */
  readonly defaultRegistry?: string;
  /** Stands for a missing version; absent: a version must be written. */
  readonly defaultTag?: string;
}

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST =
  /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]{1,5})?$/;
const LONGEST_NAME = 255;
const EXAMPLE = '"ghcr.io/acme/in-pg:1.4.0"';

/**
 * @param text `[oci://]REGISTRY/REPOSITORY[:TAG][@sha256:…]`
 * @returns The parts; what was not written is absent.
 * @throws {DstreamError} `config.reference_invalid` for any other shape, and when
 * there is no version: `latest` is never guessed.
 *
 * @example
 * ```ts
 * const { repository } = parseReference("ghcr.io/acme/in-pg:1.4.0");
 * if (repository !== "acme/in-pg") throw new Error(repository);
 * ```
 */
export function parseReference(
  text: string,
  context: ReferenceContext = {},
): Reference {
  const fail = (reason: string, hint?: string) =>
    invalid(text, reason, hint, context.at);
  const { name, version, digest } = split(withoutScheme(text, fail));
  if (digest !== undefined && !isDigest(digest)) {
    throw fail(
      "the digest is not sha256: and 64 hex digits",
      "copy it from `dstream provider inspect` or from the registry's page",
    );
  }
  const { registry, repository } = readName(name, context, fail);
  const parts = { registry, repository, ...digest && { digest } };
  if (version === undefined) {
    if (digest !== undefined) return parts;
    if (context.defaultTag !== undefined) {
      return { ...parts, tag: context.defaultTag };
    }
    throw fail("no version", `add a tag or a digest, for example ${EXAMPLE}`);
  }
  if (TAG.test(version)) return { ...parts, tag: version };
  return { ...parts, constraint: readConstraint(version, digest, fail) };
}

type Fail = (reason: string, hint?: string) => DstreamError;

function withoutScheme(text: string, fail: Fail): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme === null) return text;
  if (scheme[1].toLowerCase() === "oci") return text.slice(scheme[0].length);
  const rest = text.slice(scheme[0].length);
  throw fail(`${scheme[1]}:// has no place here`, `write "${rest}"`);
}

/** The version begins at the last colon behind the last slash. */
function split(text: string) {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  // A constraint has no slash, so the last one belongs to the name.
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  const isNameOnly = colon < 0;
  return {
    name: isNameOnly ? rest : rest.slice(0, colon),
    version: isNameOnly ? undefined : rest.slice(colon + 1).trim(),
    digest,
  };
}

function readName(name: string, context: ReferenceContext, fail: Fail) {
  const full = hasRegistry(name) ? name : withDefault(name, context, fail);
  const slash = full.indexOf("/");
  const registry = full.slice(0, slash).toLowerCase();
  const repository = full.slice(slash + 1);
  if (!HOST.test(registry) || hasBadPort(registry)) {
    throw fail(`"${registry}" is no registry's name`);
  }
  checkRepository(repository, fail);
  return { registry, repository: asOnHub(registry, repository) };
}

/** Docker's rule: the first part is a host if it could be nothing else. */
function hasRegistry(name: string): boolean {
  const slash = name.indexOf("/");
  if (slash < 0) return false;
  const first = name.slice(0, slash);
  return first.includes(".") || first.includes(":") ||
    first.toLowerCase() === "localhost";
}

function withDefault(
  name: string,
  { defaultRegistry }: ReferenceContext,
  fail: Fail,
): string {
  if (defaultRegistry !== undefined) {
    return `${
      withoutScheme(defaultRegistry, fail).replace(/\/+$/, "")
    }/${name}`;
  }
  throw fail(
    "no registry",
    `begin with one, for example ${EXAMPLE}, or set plugin_registry in the dstream block`,
  );
}

function hasBadPort(registry: string): boolean {
  const port = /:(\d+)$/.exec(registry.replace(/^\[.*\]/, "h"))?.[1];
  return port !== undefined && (Number(port) < 1 || Number(port) > 65_535);
}

function checkRepository(repository: string, fail: Fail): void {
  if (repository === "") throw fail("no repository", `for example ${EXAMPLE}`);
  if (repository !== repository.toLowerCase()) {
    throw fail(
      "a repository has no capitals",
      `write "${repository.toLowerCase()}"`,
    );
  }
  const bad = repository.split("/").find((part) => !COMPONENT.test(part));
  if (bad !== undefined) {
    throw fail(
      bad === "" ? "a part of the name is empty" : `"${bad}" is no name`,
      "names have a-z and 0-9, joined by single . _ - or /",
    );
  }
  if (repository.length > LONGEST_NAME) {
    throw fail(`the name is longer than ${LONGEST_NAME} characters`);
  }
}

function readConstraint(
  version: string,
  digest: string | undefined,
  fail: Fail,
): string {
  const isConstraint = /[<>=~!,\s]/.test(version) &&
    parseConstraints(version) !== undefined;
  if (!isConstraint && /[<>=~!,]/.test(version)) {
    throw fail(
      `"${version}" is no version constraint`,
      'write "~> 1.2" or ">= 1.2, < 2"',
    );
  }
  if (!isConstraint) {
    throw fail(
      version === "" ? "the tag is empty" : `"${version}" is no tag`,
      "tags have letters, digits, . _ and -, at most 128",
    );
  }
  if (digest === undefined) return version;
  throw fail("a constraint and a digest exclude each other", "keep the digest");
}

/** Docker Hub's own images live in `library/`. */
function asOnHub(registry: string, repository: string): string {
  const isShort = registry === "docker.io" && !repository.includes("/");
  return isShort ? `library/${repository}` : repository;
}

function invalid(
  text: string,
  reason: string,
  hint: string | undefined,
  at: Location | undefined,
): DstreamError {
  return new DstreamError(
    "config.reference_invalid",
    `cannot read provider reference "${text}": ${reason}`,
    { at, hint },
  );
}

/** As written, without the scheme: `ghcr.io/acme/in-pg:1.4.0@sha256:…`. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, constraint, digest } = reference;
  const version = tag ?? constraint;
  return `${registry}/${repository}` +
    (version === undefined ? "" : `:${version}`) +
    (digest === undefined ? "" : `@${digest}`);
}

/**
 * The newest tag that a reference's constraint allows.
 * @throws {DstreamError} `registry.no_version` with the newest there is.
 */
export function newestOf(
  tags: readonly string[],
  constraint: string,
  { registry, repository }: Reference,
): string {
  const tag = newestFitting(tags, constraint);
  if (tag !== undefined) return tag;
  const newest = newestTag(tags, []);
  throw new DstreamError(
    "registry.no_version",
    `no version of ${registry}/${repository} fits "${constraint}"`,
    {
      hint: newest === undefined
        ? "it has no tag that is a version, such as 1.4.0"
        : `the newest is ${newest}`,
    },
  );
}

/** The newest of these tags that a constraint allows. */
export function newestFitting(
  tags: readonly string[],
  constraint: string,
): string | undefined {
  return newestTag(tags, parseConstraints(constraint) ?? []);
}

/** `https://ghcr.io`; loopback registries, and those named, speak HTTP. */
export function baseUrl(
  registry: string,
  insecureRegistries: readonly string[] = [],
): string {
  const isPlain = isLoopbackHost(registry) ||
    insecureRegistries.includes(registry);
  // Docker Hub's name and its address differ.
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return `${isPlain ? "http" : "https"}://${host}`;
}
