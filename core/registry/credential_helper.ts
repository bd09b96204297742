/**
 * Runs `docker-credential-NAME`, which keeps secrets in the system's keychain.
 *
 * @see https://github.com/docker/docker-credential-helpers#development
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { type Answer, ask } from "../ports/ask.ts";
import type { Child, Clock, Spawner } from "../ports/mod.ts";
import type { Credentials } from "./credentials.ts";

/** Asks and tells helpers. */
export interface CredentialHelper {
  /** @returns `undefined` where it has nothing for this server. */
  get(name: string, server: string): Promise<Credentials | undefined>;
  store(name: string, server: string, login: Login): Promise<void>;
  erase(name: string, server: string): Promise<void>;
}

/** A user name and a password or token. */
export interface Login {
  readonly user: string;
  readonly secret: string;
}

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT = 64 * 1024;
/** A name becomes part of a file's name, and nothing else. */
const NAME = /^[A-Za-z0-9._-]+$/;
/** This user name says that the secret is an identity token. */
const TOKEN_USER = "<token>";

/** The real helpers. */
export function systemHelper(
  deps: { readonly spawner: Spawner; readonly clock: Clock },
): CredentialHelper {
  return {
    async get(name, server) {
      const { code, output } = await run(name, "get", server, deps);
      if (code === 0) return toCredentials(name, output);
      // It says so on stdout, in words that differ.
      if (/not found|no credentials/i.test(output)) return undefined;
      throw failed(name, "get");
    },
    async store(name, server, { user, secret }) {
      const input = { ServerURL: server, Username: user, Secret: secret };
      const { code } = await run(name, "store", JSON.stringify(input), deps);
      if (code !== 0) throw failed(name, "store");
    },
    async erase(name, server) {
      const { code } = await run(name, "erase", server, deps);
      if (code !== 0) throw failed(name, "erase");
    },
  };
}

function toCredentials(name: string, output: string): Credentials {
  try {
    const { Username: user, Secret: secret } = JSON.parse(output);
    if (typeof user === "string" && typeof secret === "string") {
      return user === TOKEN_USER
        ? { kind: "identity", secret }
        : { kind: "password", user, secret };
    }
  } catch {
    // Its output may hold the secret: it is never quoted.
  }
  throw failed(name, "get");
}

async function run(
  name: string,
  verb: "get" | "store" | "erase",
  input: string,
  { spawner, clock }: { readonly spawner: Spawner; readonly clock: Clock },
): Promise<Answer> {
  if (!NAME.test(name)) throw failed(name, verb);
  const child = start(name, verb, spawner);
  const bounds = { timeoutMs: TIMEOUT_MS, maxOutput: MAX_OUTPUT };
  return await ask(child, { input, ...bounds }, clock);
}

function start(name: string, verb: string, spawner: Spawner): Child {
  try {
    return spawner.spawn({ argv: [`docker-credential-${name}`, verb] });
  } catch (cause) {
    throw new DstreamError(
      "registry.credential_helper",
      `cannot ask the credential helper "docker-credential-${name}": it does not start`,
      { cause, hint: "install it, or take it out of ~/.docker/config.json" },
    );
  }
}

function failed(name: string, verb: string): DstreamError {
  return new DstreamError(
    "registry.credential_helper",
    `the credential helper "docker-credential-${name}" failed to ${verb}`,
    { hint: `try it by hand: docker-credential-${name} list` },
  );
}
