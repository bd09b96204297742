/**
 * What Postgres or the network says, as an error for people.
 *
 * @module
 */

import { ConfigError, DstreamError } from "@dstream/sdk";
import type { ConnectionSettings } from "./settings.ts";

/** An error of the driver: `code` is a SQLSTATE or one of the network's. */
interface DriverError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** SQLSTATE of an error of the server, or the network's code. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as DriverError;
  return typeof code === "string" ? code : undefined;
}

/** Whether another try may work: the connection broke, or the server is ending. */
export function isConnectionFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) {
    return /terminated|timeout|closed|ended/i.test(String(error));
  }
  return /^(08|57P|53)/.test(code) || /^E[A-Z_]+$/.test(code);
}

/** Why a login failed. */
export function connectFailure(
  settings: ConnectionSettings,
  error: unknown,
): Error {
  const { host, port, user, database } = settings;
  const { message } = error as DriverError;
  switch (codeOf(error)) {
    case "28P01":
    case "28000":
      return new ConfigError(
        "user",
        `Postgres at ${host}:${port} refused the login of "${user}": ${message}`,
        "check user and password, and what pg_hba.conf allows",
      );
    case "3D000":
      return new ConfigError(
        "database",
        `there is no database "${database}" at ${host}:${port}`,
      );
    case "42501":
      return new ConfigError(
        "user",
        `"${user}" may not connect: ${message}`,
        `ALTER ROLE "${user}" REPLICATION`,
      );
  }
  if (/SSL/.test(message) && /does not support/.test(message)) {
    return new ConfigError(
      "sslmode",
      `Postgres at ${host}:${port} has no encryption`,
      'turn it on at the server, or set sslmode = "prefer"',
    );
  }
  if (/certificate|CERT_|self.signed|issuer/i.test(message)) {
    return new ConfigError(
      "sslmode",
      `the certificate of ${host}:${port} is not accepted: ${message}`,
      "name its authority in sslrootcert",
    );
  }
  return new DstreamError(
    "postgres.unreachable",
    `cannot reach Postgres at ${host}:${port}: ${reason(error)}`,
    { cause: error, hint: "check host and port, and whether it is running" },
  );
}

function reason(error: unknown): string {
  const { code, message } = error as DriverError;
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name is not known";
    default:
      return /timeout/i.test(message) ? "it does not answer" : message;
  }
}
