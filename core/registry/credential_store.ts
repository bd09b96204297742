/**
 * Keeps who we are, where Docker keeps it too: in the credential helper that
 * `config.json` names, else in that file, which only its owner may read.
 *
 * @module
 */

import { dirname } from "node:path";
import { DstreamError } from "../base/errors.ts";
import type { Clock, Spawner } from "../ports/mod.ts";
import { fileTrouble } from "../base/file_trouble.ts";
import { writeWholeFile } from "../base/whole_file.ts";
import { type Login, systemHelper } from "./credential_helper.ts";
import {
  type AuthFile,
  authFiles,
  helperOf,
  readAuthFile,
  serverOf,
} from "./credentials.ts";

/** Remembers and forgets. */
export interface CredentialStore {
  /** @returns Where it is kept, for people. */
  store(registry: string, login: Login): Promise<string>;
  /** @returns Whether something was there. */
  erase(registry: string): Promise<boolean>;
}

/** What a store needs. */
export interface StoreOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string | undefined;
  readonly spawner: Spawner;
  readonly clock: Clock;
}

const OWNER_ONLY = 0o600;
const OWNER_OPENS = 0o700;

/** The user's own. */
export function openCredentialStore(options: StoreOptions): CredentialStore {
  const helper = systemHelper(options);
  return {
    async store(registry, login) {
      const path = pathOf(options);
      const file = await readAuthFile(path);
      const name = helperOf(file, registry);
      if (name !== undefined) {
        await helper.store(name, serverOf(registry), login);
        return `docker-credential-${name}`;
      }
      const bytes = new TextEncoder().encode(`${login.user}:${login.secret}`);
      const auths = {
        ...file.auths,
        [serverOf(registry)]: { auth: bytes.toBase64() },
      };
      await write(path, { ...file, auths });
      return path;
    },
    async erase(registry) {
      const path = pathOf(options);
      const file = await readAuthFile(path);
      const name = helperOf(file, registry);
      const isInStore = name !== undefined &&
        await helper.get(name, serverOf(registry)) !== undefined;
      if (isInStore) await helper.erase(name, serverOf(registry));
      const { [serverOf(registry)]: entry, ...others } = file.auths ?? {};
      if (entry !== undefined) await write(path, { ...file, auths: others });
      return isInStore || entry !== undefined;
    },
  };
}

/** The file that is read first is the one that is written. */
function pathOf(options: StoreOptions): string {
  const [path] = authFiles(options);
  if (path !== undefined) return path;
  throw new DstreamError(
    "registry.credentials_invalid",
    "there is no place for credentials: the home folder is unknown",
    { hint: "name a file in REGISTRY_AUTH_FILE" },
  );
}

async function write(path: string, file: AuthFile): Promise<void> {
  const text = JSON.stringify(file, null, 2) + "\n";
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: OWNER_OPENS });
    await writeWholeFile(path, text, { mode: OWNER_ONLY });
  } catch (cause) {
    const { what, hint } = fileTrouble(
      cause,
      path,
      "one in REGISTRY_AUTH_FILE",
    );
    throw new DstreamError(
      "registry.credentials_not_written",
      `cannot write the credentials to ${what}`,
      { cause, hint },
    );
  }
}
