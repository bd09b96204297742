/**
 * `sslmode` with libpq's meaning; the driver's own differs (it takes `require` for
 * `verify-full`).
 *
 * Source: https://www.postgresql.org/docs/current/libpq-ssl.html, table 34.1.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { ConfigError } from "@dstream/sdk";
import type { ConnectionSettings } from "./settings.ts";

/** What the driver takes as `ssl`. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Present: the name in the certificate doesn't count. */
  readonly checkServerIdentity?: () => undefined;
}

/** One way to try; without TLS it is `false`. */
export type TlsAttempt = TlsOptions | false;

/**
 * @returns What to try, in order; a later one only where the server can't do the
 * one before.
 * @throws {ConfigError} For a file that can't be read.
 */
export async function tlsAttempts(
  settings: ConnectionSettings,
): Promise<readonly TlsAttempt[]> {
  const { sslMode } = settings;
  if (sslMode === "disable") return [false];
  const tls = await tlsOptions(settings);
  switch (sslMode) {
    case "allow":
      return [false, tls];
    case "prefer":
      return [tls, false];
    default:
      return [tls];
  }
}

async function tlsOptions(
  { sslMode, sslRootCert, sslCert, sslKey }: ConnectionSettings,
): Promise<TlsOptions> {
  const ca = await read("sslrootcert", sslRootCert);
  const cert = await read("sslcert", sslCert);
  const key = await read("sslkey", sslKey);
  // With an authority at hand, `require` checks as verify-ca does, as in libpq.
  const isVerified = sslMode.startsWith("verify") ||
    (sslMode === "require" && ca !== undefined);
  return {
    rejectUnauthorized: isVerified,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(sslMode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
}

async function read(
  configKey: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new ConfigError(configKey, `cannot read "${path}"`);
  }
}
