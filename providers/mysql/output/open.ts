/**
 * Opens a session that means the same whatever the server's settings are.
 *
 * @module
 */

import type { Connection as Client } from "mysql2/promise";
import { ConfigError, DstreamError } from "@dstream/sdk";
import type { MysqlSettings } from "./settings.ts";

/**
 * Strict: a value that doesn't fit is an error and never cut. The zone is fixed, so
 * that no TIMESTAMP is moved.
 */
const SESSION = "SET SESSION sql_mode = 'STRICT_ALL_TABLES," +
  "NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'" +
  ", time_zone = '+00:00', foreign_key_checks = 1, unique_checks = 1" +
  ", transaction_isolation = 'READ-COMMITTED'";
/** MariaDB before 11.1 has another name for it. */
const OLD_SESSION = SESSION.replace("transaction_isolation", "tx_isolation");

/**
 * Logs in.
 * @throws {ConfigError} For what can't get better by trying again.
 * @throws {DstreamError} `mysql.unreachable`
 */
export async function openClient(settings: MysqlSettings): Promise<Client> {
  const { createConnection } = await import("mysql2/promise");
  const ssl = await sslOf(settings);
  let client: Client;
  try {
    client = await createConnection({
      host: settings.host,
      port: settings.port,
      user: settings.user,
      password: settings.password,
      database: settings.database,
      connectTimeout: settings.connectTimeoutMs,
      charset: "utf8mb4_bin",
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      ...(ssl !== undefined && { ssl }),
    });
  } catch (error) {
    throw connectFailure(settings, error);
  }
  // One that dies while it is idle says so here; the next statement fails.
  (client as unknown as { on(name: "error", heard: () => void): void })
    .on("error", () => {});
  await client.query(SESSION).catch(() => client.query(OLD_SESSION));
  return client;
}

async function sslOf({ sslMode, sslRootCert }: MysqlSettings) {
  if (sslMode === "disable") return undefined;
  const isLookedAt = sslMode === "verify-full";
  const ca = sslRootCert === undefined
    ? undefined
    : await Deno.readTextFile(sslRootCert).catch((error) => {
      throw new ConfigError("sslrootcert", `cannot read it: ${error.message}`);
    });
  return { rejectUnauthorized: isLookedAt, verifyIdentity: isLookedAt, ca };
}

function connectFailure(
  { host, port, user, database }: MysqlSettings,
  error: unknown,
): Error {
  const { code, message } = error as Error & { code?: string };
  switch (code) {
    case "ER_ACCESS_DENIED_ERROR":
    case "ER_DBACCESS_DENIED_ERROR":
      return new ConfigError(
        "user",
        `MySQL at ${host}:${port} refused the login of "${user}": ${message}`,
        "check user and password, and what the user may",
      );
    case "ER_BAD_DB_ERROR":
      return new ConfigError(
        "database",
        `there is no database "${database}" at ${host}:${port}`,
      );
    case "HANDSHAKE_NO_SSL_SUPPORT":
      return new ConfigError(
        "sslmode",
        `MySQL at ${host}:${port} has no encryption`,
        'turn it on at the server, or set sslmode = "disable"',
      );
  }
  const reason = code === "ECONNREFUSED"
    ? "nobody listens there"
    : code === "ENOTFOUND" || code === "EAI_AGAIN"
    ? "its name is not known"
    : code === "ETIMEDOUT"
    ? "it does not answer"
    : message;
  return new DstreamError(
    "mysql.unreachable",
    `cannot reach MySQL at ${host}:${port}: ${reason}`,
    { cause: error, hint: "check host and port, and whether it is running" },
  );
}
