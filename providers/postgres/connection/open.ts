/**
 * Opens a connection whose texts look the same whatever the server's settings are.
 *
 * @module
 */

import type { Client } from "pg";
import { connectFailure } from "./failure.ts";
import type { ConnectionSettings } from "./settings.ts";
import { type TlsAttempt, tlsAttempts } from "./tls.ts";

/**
 * A value's text follows these settings, in a replication connection too. They
 * are pinned, so that a value is written the same everywhere and always.
 */
const PINNED = [
  ["TimeZone", "UTC"],
  ["DateStyle", "ISO"],
  ["IntervalStyle", "iso_8601"],
  ["bytea_output", "hex"],
  ["extra_float_digits", "3"],
  ["lc_monetary", "C"],
  ["xmloption", "content"],
] as const;

/** Those that this version has. */
const NO_TIMEOUTS = `
  SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
    'statement_timeout', 'transaction_timeout', 'idle_session_timeout',
    'idle_in_transaction_session_timeout')`;

/** What a connection is for. */
export interface OpenOptions {
  /** Nothing ends it for being slow or idle: a snapshot takes what it takes. */
  readonly isPatient?: boolean;
  /** A connection that speaks the replication protocol too. */
  readonly isReplication?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Logs in. End the client with `closeClient`.
 *
 * @throws {ConfigError} For what can't get better by trying again: an unknown
 * database, a wrong password.
 * @throws {DstreamError} `postgres.unreachable`
 */
export async function openClient(
  settings: ConnectionSettings,
  options: OpenOptions = {},
): Promise<Client> {
  const { signal } = options;
  const attempts = await tlsAttempts(settings);
  for (const [index, tls] of attempts.entries()) {
    try {
      return await connect(settings, tls, options);
    } catch (error) {
      signal?.throwIfAborted();
      const isLast = index === attempts.length - 1;
      if (isLast || !isAboutTls(error)) throw connectFailure(settings, error);
    }
  }
  throw new Error("there is always an attempt");
}

async function connect(
  settings: ConnectionSettings,
  tls: TlsAttempt,
  { isReplication = false, isPatient = false, signal }: OpenOptions,
): Promise<Client> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password ?? "",
    ssl: tls as object | false,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: true,
    application_name: settings.applicationName,
    options: optionsOf(settings),
    // Known to the driver, not to its types.
    ...(isReplication && { replication: "database" }),
  });
  // A connection that breaks while idle is found by its next use.
  client.on("error", () => {});
  try {
    await orAborted(client.connect(), signal);
    if (isPatient) await orAborted(client.query(NO_TIMEOUTS), signal);
    return client;
  } catch (error) {
    closeClient(client);
    throw error;
  }
}

/** The driver never settles what was going on when it is ended. */
async function orAborted(
  work: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
    work.catch(() => {});
  }
}

function optionsOf({ options }: ConnectionSettings): string {
  const pinned = PINNED.map(([name, value]) => `-c ${name}=${value}`);
  return options === undefined
    ? pinned.join(" ")
    : `${options} ${pinned.join(" ")}`;
}

/** The server can't do TLS, or does nothing else. */
function isAboutTls(error: unknown): boolean {
  const { message, code } = error as Error & { code?: string };
  return /does not support SSL|no encryption|no pg_hba.conf entry/i
    .test(message) || code === "ERR_SSL_WRONG_VERSION_NUMBER";
}

/** Ends a connection at once; never throws, never waits for the server. */
export function closeClient(client: Client): void {
  const { connection } = client as unknown as {
    connection: { stream: { destroy(): void } };
  };
  client.end().catch(() => {});
  connection.stream.destroy();
}
