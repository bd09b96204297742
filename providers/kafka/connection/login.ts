/**
 * TLS and SASL as the library takes them.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { ConfigError } from "@dstream/sdk";
import type { ConnectionConfig, Reached } from "./fields.ts";

/** A token is got anew so long before it expires. */
const TOKEN_MARGIN_MS = 60_000;
const TOKEN_TIMEOUT_MS = 15_000;
/** Of an answer that doesn't say. */
const TOKEN_LIFE_SECONDS = 300;

/** @throws {ConfigError} For a file that can't be read. */
export async function tlsOptions({ tls }: Pick<Reached, "tls">) {
  if (tls === undefined) return undefined;
  const { caFile, certFile, keyFile, keyPassword, serverName } = tls;
  const [ca, cert, key] = [
    await read("tls.ca_file", caFile),
    await read("tls.cert_file", certFile),
    await read("tls.key_file", keyFile),
  ];
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
    ...(keyPassword !== undefined && { passphrase: keyPassword }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

/** The login, its token got when it is asked for. */
export function saslOptions({ sasl }: Pick<Reached, "sasl">) {
  if (sasl === undefined) return undefined;
  const { mechanism, username, password, token, tokenUrl } = sasl;
  if (mechanism !== "OAUTHBEARER") return { mechanism, username, password };
  return {
    mechanism,
    token: tokenUrl === undefined ? token : tokenSource(sasl, tokenUrl),
  };
}

/** One token for all connections, as long as it lives. */
function tokenSource(
  sasl: NonNullable<ConnectionConfig["sasl"]>,
  url: string,
): () => Promise<string> {
  let current: { token: string; untilMs: number } | undefined;
  return async () => {
    if (current === undefined || performance.now() > current.untilMs) {
      current = await fetchToken(sasl, url);
    }
    return current.token;
  };
}

async function fetchToken(
  { clientId = "", clientSecret = "", scope }: NonNullable<
    ConnectionConfig["sasl"]
  >,
  url: string,
): Promise<{ token: string; untilMs: number }> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...(scope === undefined ? {} : { scope }),
  });
  const response = await fetch(url, {
    method: "POST",
    body,
    // What it would be sent on with is the secret.
    redirect: "manual",
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new ConfigError(
      "sasl.token_url",
      `${new URL(url).host} gives no token: status ${response.status}`,
    );
  }
  const { access_token, expires_in = TOKEN_LIFE_SECONDS } = await response
    .json();
  if (typeof access_token !== "string") {
    throw new ConfigError(
      "sasl.token_url",
      `the answer of ${new URL(url).host} has no access_token`,
    );
  }
  const lifeMs = Number(expires_in) * 1000;
  // A life is no time of day: the clock may be set.
  const untilMs = performance.now() + Math.max(0, lifeMs - TOKEN_MARGIN_MS);
  return { token: access_token, untilMs };
}

async function read(
  key: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new ConfigError(key, `cannot read ${JSON.stringify(path)}`);
  }
}
