/**
 * Who we are to a registry, from where Docker, Podman and their kin keep it.
 *
 * In this order: `DSTREAM_REGISTRY_TOKEN`, the file that `REGISTRY_AUTH_FILE`
 * names, `config.json` in `DOCKER_CONFIG` or `~/.docker`, Podman's `auth.json` in
 * `$XDG_RUNTIME_DIR/containers` and `~/.config/containers`. Files are read when a
 * registry asks, never before; what in them has not the shape it should have is
 * nothing.
 *
 * @see https://github.com/docker/cli/blob/v27.0.0/cli/config/configfile/file.go
 * @see https://github.com/containers/image/blob/v5.32.0/docs/containers-auth.json.5.md
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DstreamError } from "../base/errors.ts";
import type { CredentialHelper } from "./credential_helper.ts";

/** What opens a registry. Never printed. */
export type Credentials =
  | {
    readonly kind: "password";
    readonly user: string;
    readonly secret: string;
  }
  /** Exchanged for an access token (OAuth 2 refresh token). */
  | { readonly kind: "identity"; readonly secret: string };

/** Where to look. */
export interface CredentialOptions extends CredentialPlaces {
  readonly helper: CredentialHelper;
}

/** What says where files are. */
export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: there is no `~`. */
  readonly homeFolder: string | undefined;
}

/** Docker Hub's name in Docker's own file. */
const HUB_KEYS = ["https://index.docker.io/v1/", "index.docker.io"];
/** Registries that take a token take it with any user name. */
const TOKEN_USER = "token";

/** The part of the file that matters here. */
export interface AuthFile {
  readonly auths?: Readonly<Record<string, AuthEntry | null>> | null;
  readonly credHelpers?: Readonly<Record<string, string>> | null;
  readonly credsStore?: string | null;
}

/** One registry, or one path in it. */
export interface AuthEntry {
  /** base64 of `user:password` */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/**
 * @returns `undefined`: ask as anybody.
 * @throws {DstreamError} `registry.credentials_invalid` for what can't be read.
 */
export async function findCredentials(
  registry: string,
  repository: string,
  options: CredentialOptions,
): Promise<Credentials | undefined> {
  const token = tokenFor(registry, options.env.DSTREAM_REGISTRY_TOKEN);
  if (token !== undefined) return fromToken(token);
  for (const path of authFiles(options)) {
    const file = await readAuthFile(path);
    const found = await lookUp(file, registry, repository, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `TOKEN`, or `USER:TOKEN` for registries that look at the name. */
function fromToken(token: string): Credentials {
  const colon = token.indexOf(":");
  const user = colon > 0 ? token.slice(0, colon) : TOKEN_USER;
  return { kind: "password", user, secret: token.slice(colon + 1) };
}

/** The files to look into; the first one is what `login` writes. */
export function authFiles({ env, homeFolder }: CredentialPlaces): string[] {
  const docker = env.DOCKER_CONFIG ||
    (homeFolder && join(homeFolder, ".docker"));
  const named = env.REGISTRY_AUTH_FILE;
  const config = env.XDG_CONFIG_HOME ||
    (homeFolder && join(homeFolder, ".config"));
  const podman = [env.XDG_RUNTIME_DIR, config];
  return [
    ...named ? [named] : [],
    ...docker ? [join(docker, "config.json")] : [],
    ...podman.filter((folder) => !!folder)
      .map((folder) => join(folder!, "containers", "auth.json")),
  ];
}

/** @returns An empty one where there is none. */
export async function readAuthFile(path: string): Promise<AuthFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return {};
    throw unreadable(path, "it can't be read", cause);
  }
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (isJsonObject(value)) return value;
  } catch {
    // The parser's message would quote the file.
  }
  throw unreadable(path, "it is no JSON object");
}

function unreadable(path: string, reason: string, cause?: unknown) {
  return new DstreamError(
    "registry.credentials_invalid",
    `cannot look for credentials in "${path}": ${reason}`,
    { cause, hint: "mend it, or name another in REGISTRY_AUTH_FILE" },
  );
}

/** `ghcr.io=TOKEN,localhost:5000=TOKEN`: a token goes only where it belongs. */
function tokenFor(
  registry: string,
  text: string | undefined,
): string | undefined {
  if (!text) return undefined;
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals <= 0) {
      throw new DstreamError(
        "registry.credentials_invalid",
        "DSTREAM_REGISTRY_TOKEN does not say which registry it is for",
        { hint: 'write "REGISTRY=TOKEN", for example "ghcr.io=…"' },
      );
    }
    if (part.slice(0, equals).trim().toLowerCase() === registry) {
      return part.slice(equals + 1).trim();
    }
  }
  return undefined;
}

async function lookUp(
  file: AuthFile,
  registry: string,
  repository: string,
  { helper }: CredentialOptions,
): Promise<Credentials | undefined> {
  const own = file.credHelpers?.[registry];
  if (isText(own)) return await helper.get(own, serverOf(registry));
  const found = inEntries(file, registry, repository);
  if (found !== undefined) return found;
  // A store is asked for the entries that Docker leaves empty, and for the rest.
  return isText(file.credsStore)
    ? await helper.get(file.credsStore, serverOf(registry))
    : undefined;
}

/** The helper that a file names for a registry. */
export function helperOf(file: AuthFile, registry: string): string | undefined {
  const names = [file.credHelpers?.[registry], file.credsStore];
  return names.find(isText);
}

/** What a credential helper knows a registry as. */
export function serverOf(registry: string): string {
  return registry === "docker.io" ? HUB_KEYS[0] : registry;
}

/**
 * The longest path that says something wins: `ghcr.io/acme/in-pg`, `ghcr.io/acme`,
 * `ghcr.io`. What is empty only says that something is kept elsewhere.
 */
function inEntries(
  { auths }: AuthFile,
  registry: string,
  repository: string,
): Credentials | undefined {
  const entries = new Map<string, Credentials>();
  for (const [key, entry] of Object.entries(auths ?? {})) {
    const found = isJsonObject(entry) ? fromEntry(entry) : undefined;
    if (found !== undefined) entries.set(normalKey(key), found);
  }
  const parts = repository.split("/");
  for (let length = parts.length; length >= 0; length--) {
    const key = [registry, ...parts.slice(0, length)].join("/");
    const found = entries.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Old files have addresses where new ones have names. */
function normalKey(key: string): string {
  if (HUB_KEYS.includes(key)) return "docker.io";
  return key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "")
    .toLowerCase();
}

function fromEntry(entry: AuthEntry): Credentials | undefined {
  const { identitytoken, username, password, auth } = entry;
  if (isText(identitytoken)) return { kind: "identity", secret: identitytoken };
  if (isText(username) && isText(password)) {
    return { kind: "password", user: username, secret: password };
  }
  return isText(auth) ? fromBase64(auth) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function fromBase64(auth: string): Credentials | undefined {
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.fromBase64(auth));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 0 || text === ":") return undefined;
  // Docker pads passwords with NUL.
  const secret = text.slice(colon + 1).replace(/\0+$/, "");
  return { kind: "password", user: text.slice(0, colon), secret };
}
