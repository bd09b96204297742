/**
 * Who the user is to a registry: asked, tried, stored; and forgotten.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { homeFolder } from "../../core/install/cache_folder.ts";
import {
  type CredentialStore,
  openCredentialStore,
} from "../../core/registry/credential_store.ts";
import type { Login } from "../../core/registry/credential_helper.ts";
import { parseReference } from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { ask, askHidden } from "../terminal/ask_hidden.ts";
import { nearbySettings } from "./registries.ts";

/** What the user said. */
export interface LoginWishes {
  readonly user?: string | undefined;
  readonly isFromStdin: boolean;
}

/** @throws {DstreamError} `registry.unauthorized` when the registry says no. */
export async function login(
  name: string,
  wishes: LoginWishes,
  context: Context,
): Promise<void> {
  const registry = readRegistry(name);
  const given = await askWho(registry, wishes, context);
  const { settings } = await nearbySettings(context);
  const { env, version, clock, random, spawner } = context.deps;
  using client = await context.deps.openClient({
    // Only what was said now is tried.
    env: { ...env, DSTREAM_REGISTRY_TOKEN: undefined },
    homeFolder: undefined,
    login: given,
    version,
    clock,
    random,
    spawner,
    settings,
  });
  await client.ping(registry);
  const where = await openStore(context).store(registry, given);
  context.say(
    `✅ logged in to ${registry} as ${given.user} (kept in ${where})`,
  );
}

/** Does nothing where nothing was stored. */
export async function logout(name: string, context: Context): Promise<void> {
  const registry = readRegistry(name);
  const isThere = await openStore(context).erase(registry);
  context.say(
    isThere
      ? `✅ logged out of ${registry}`
      : `nothing was kept for ${registry}`,
  );
}

function openStore({ deps }: Context): CredentialStore {
  const { env, spawner, clock } = deps;
  return openCredentialStore({
    env,
    homeFolder: homeFolder(env),
    spawner,
    clock,
  });
}

function readRegistry(name: string): string {
  const plain = name.replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "");
  try {
    return parseReference(`${plain}/x:1`).registry;
  } catch (cause) {
    throw new DstreamError(
      "usage.registry",
      `"${name}" is no registry's name`,
      { isUsage: true, cause, hint: "for example ghcr.io or localhost:5000" },
    );
  }
}

async function askWho(
  registry: string,
  { user, isFromStdin }: LoginWishes,
  context: Context,
): Promise<Login> {
  const { stdin } = context.deps;
  if (isFromStdin) {
    const secret = (await stdin.readAll()).replace(/\r?\n$/, "");
    if (user === undefined) throw missing("--password-stdin needs --username");
    if (secret === "") throw missing("stdin holds no password");
    return { user, secret };
  }
  if (!stdin.isTerminal) {
    throw missing("nobody can be asked for a password here");
  }
  const name = user ?? await ask(`User name for ${registry}: `, context);
  const secret = await askHidden(`Password or token: `, context);
  if (name === "" || secret === "") throw missing("nothing was entered");
  return { user: name, secret };
}

function missing(message: string): DstreamError {
  return new DstreamError("usage.login", message, {
    isUsage: true,
    hint:
      'echo "$TOKEN" | dstream provider login REGISTRY -u NAME --password-stdin',
  });
}
