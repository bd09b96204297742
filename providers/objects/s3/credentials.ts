/**
 * Who asks: keys of the config, or what the machine has, renewed before it ends.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import type { S3Config } from "./config.ts";

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Renewed so long before they end. */
const RENEW_MS = 5 * 60_000;

/** Credentials that are good at the moment they are asked for. */
export class CredentialSource {
  readonly #load: () => Promise<Credentials>;
  readonly #now: () => number;
  #current: Promise<Credentials> | undefined;
  #goodUntilMs = -Infinity;

  constructor(load: () => Promise<Credentials>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  /** @throws {ConfigError} where there are none. */
  get(): Promise<Credentials> {
    if (this.#current === undefined || this.#now() >= this.#goodUntilMs) {
      this.#goodUntilMs = Infinity; // while they are fetched
      this.#current = this.#fetch();
    }
    return this.#current;
  }

  /** They were refused: the next time others are fetched. */
  expire(): void {
    this.#current = undefined;
  }

  async #fetch(): Promise<Credentials> {
    try {
      const credentials = await this.#load();
      const { expiration } = credentials;
      this.#goodUntilMs = expiration === undefined
        ? Infinity
        : expiration.getTime() - RENEW_MS;
      return credentials;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }
}

/** The source that a config means. */
export function credentialsOf(
  config: S3Config,
  region: string,
  now: () => number,
): CredentialSource {
  const { accessKeyId, secretAccessKey, sessionToken, roleArn } = config;
  const isGiven = accessKeyId !== undefined && secretAccessKey !== undefined;
  const given = isGiven
    ? { accessKeyId, secretAccessKey, sessionToken }
    : undefined;
  if (given !== undefined && roleArn === undefined) {
    return new CredentialSource(() => Promise.resolve(given), now);
  }
  return new CredentialSource(() => fromMachine(config, region, given), now);
}

async function fromMachine(
  { profile, roleArn }: S3Config,
  region: string,
  given: Credentials | undefined,
): Promise<Credentials> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import(
    "@aws-sdk/credential-providers"
  );
  const clientConfig = { region };
  try {
    const own = given ?? fromNodeProviderChain({ profile, clientConfig });
    if (roleArn === undefined) {
      return typeof own === "function" ? await own() : own;
    }
    return await fromTemporaryCredentials({
      masterCredentials: own,
      params: { RoleArn: roleArn, RoleSessionName: "dstream" },
      clientConfig,
    })();
  } catch (error) {
    throw notFound(roleArn, error);
  }
}

function notFound(roleArn: string | undefined, error: unknown): ConfigError {
  const message = error instanceof Error ? error.message : String(error);
  const [reason] = message.split("\n"); // what follows is for its developers
  return roleArn === undefined
    ? new ConfigError(
      "access_key_id",
      `no credentials found: ${reason}`,
      "set access_key_id and secret_access_key, AWS_PROFILE, or give the " +
        "machine a role",
    )
    : new ConfigError("role_arn", `cannot take on ${roleArn}: ${reason}`);
}
