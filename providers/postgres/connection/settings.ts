/**
 * From config to what a connection needs: keys of their own win over the
 * connection string, which wins over libpq's defaults.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import { parseConnectionString } from "./connection_string.ts";
import { type ConnectionConfig, SSL_MODES, type SslMode } from "./fields.ts";

/** Where and how to log in. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  /** More of libpq's `options`: `-c name=value`. */
  readonly options: string | undefined;
}

/** @throws {ConfigError} For a value that can't be. */
export function connectionSettings(
  config: ConnectionConfig,
): ConnectionSettings {
  const parts = partsOf(config.connectionString);
  const user = config.user ?? parts.user ?? "postgres";
  return {
    host: config.host ?? parts.host ?? "localhost",
    port: config.port ?? toPort(parts.port),
    database: config.database ?? parts.dbname ?? user,
    user,
    password: config.password ?? parts.password,
    sslMode: config.sslmode ?? toSslMode(parts.sslmode),
    sslRootCert: config.sslrootcert ?? parts.sslrootcert,
    sslCert: config.sslcert ?? parts.sslcert,
    sslKey: config.sslkey ?? parts.sslkey,
    connectTimeoutMs: config.connectTimeout,
    applicationName: parts.application_name ?? "dstream",
    options: parts.options,
  };
}

function partsOf(text: string | undefined) {
  if (text === undefined) return {};
  const parts = parseConnectionString(text);
  if (!("problem" in parts)) return parts;
  throw new ConfigError(
    "connection_string",
    `connection_string ${parts.problem}`,
  );
}

function toPort(text: string | undefined): number {
  if (text === undefined) return 5432;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new ConfigError(
    "connection_string",
    "connection_string has a port that is no number from 1 to 65535",
  );
}

function toSslMode(text: string | undefined): SslMode {
  if (text === undefined) return "prefer";
  const mode = SSL_MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw new ConfigError(
    "connection_string",
    `connection_string has an unknown sslmode`,
    `there are ${SSL_MODES.join(", ")}`,
  );
}
