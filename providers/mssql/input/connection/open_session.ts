/**
 * From a connection string's meaning to an open connection.
 *
 * @module
 */

import { isIP } from "node:net";
import type { ConnectionConfiguration } from "tedious";
import type { Authentication, SqlServerTarget } from "./connection_string.ts";
import { Session } from "./session.ts";
import { SqlError, toSqlError } from "./sql_error.ts";

/** What differs between the connections of one input. */
export interface SessionPurpose {
  /** Asks for a readable secondary. */
  readonly isReadOnly: boolean;
}

const CONNECT_TIMEOUT_MS = 15_000;
const PACKET_BYTES = 16_384;

/**
 * Connects and logs in.
 *
 * @throws {SqlError}
 */
export async function openSession(
  target: SqlServerTarget,
  purpose: SessionPurpose,
  signal: AbortSignal,
): Promise<Session> {
  signal.throwIfAborted();
  const { tedious, installFastTokens } = await import("@dstream/mssql-driver");
  const configuration = await toConfiguration(target, purpose);
  const connection = new tedious.Connection(configuration);
  const timeoutMs = orNoLimit(target.commandTimeoutMs);
  const session = new Session(tedious, connection, timeoutMs);
  installFastTokens(connection, () => session.fastSink);
  const close = () => connection.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    await new Promise<void>((resolve, reject) =>
      connection.connect((error) => error ? reject(error) : resolve())
    );
    return session;
  } catch (error) {
    connection.close();
    signal.throwIfAborted();
    throw explain(toSqlError(error));
  } finally {
    signal.removeEventListener("abort", close);
  }
}

async function toConfiguration(
  target: SqlServerTarget,
  { isReadOnly }: SessionPurpose,
): Promise<ConnectionConfiguration> {
  const { port, instanceName, certificateFile } = target;
  const ca = certificateFile === undefined
    ? undefined
    : await Deno.readTextFile(certificateFile);
  return {
    server: target.server,
    authentication: await toLogin(target.authentication),
    options: {
      ...(instanceName === undefined || port !== undefined
        ? { port: port ?? 1433 }
        : { instanceName }),
      database: target.database,
      appName: target.appName ?? "dstream",
      encrypt: target.encryption === "strict"
        ? "strict"
        : target.encryption === "on",
      trustServerCertificate: target.trustsAnyCertificate,
      ...serverNameOf(target),
      ...(ca === undefined ? {} : { cryptoCredentialsDetails: { ca } }),
      readOnlyIntent: isReadOnly,
      multiSubnetFailover: target.isMultiSubnet,
      connectTimeout: target.connectTimeoutMs || CONNECT_TIMEOUT_MS,
      packetSize: target.packetSizeBytes ?? PACKET_BYTES,
      // Retries are the input's own, with its own pauses.
      maxRetriesOnTransientErrors: 0,
    },
  };
}

/** ADO's 0 is no limit; a day is one that nobody meets. */
function orNoLimit(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === 0 ? 86_400_000 : timeoutMs;
}

/** TLS refuses an IP address as a server's name, and none at all fails too. */
function serverNameOf(target: SqlServerTarget): { serverName?: string } {
  const { hostNameInCertificate, server } = target;
  if (hostNameInCertificate !== undefined) {
    return { serverName: hostNameInCertificate };
  }
  return isIP(server) === 0 ? {} : { serverName: nameOfAddress(server) };
}

function nameOfAddress(address: string): string {
  const isThisMachine = /^127\.|^::1$/.test(address);
  return isThisMachine ? "localhost" : address.replaceAll(/[.:]+/g, "-");
}

async function toLogin(
  authentication: Authentication,
): Promise<ConnectionConfiguration["authentication"]> {
  switch (authentication.kind) {
    case "password": {
      const { user: userName, password } = authentication;
      return { type: "default", options: { userName, password } };
    }
    case "ntlm": {
      const { user: userName, password, domain } = authentication;
      return { type: "ntlm", options: { userName, password, domain } };
    }
    case "entra": {
      const { credentialOf } = await import("./entra.ts");
      const credential = await credentialOf(authentication);
      return { type: "token-credential", options: { credential } };
    }
  }
}

/** Where the driver speaks of its own options. */
const ENCRYPTION_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /did not negotiate encryption/,
    "the server has no encryption, and the connection is encrypted unless told " +
    "otherwise: give the server a certificate, or say Encrypt=false where the " +
    "network is trusted",
  ],
  [
    /requires encryption/,
    "the server wants an encrypted connection: leave Encrypt=false out",
  ],
];

function explain(error: SqlError): SqlError {
  if (error.kind !== "connection") return error;
  const words = ENCRYPTION_WORDS.find(([said]) => said.test(error.message));
  if (words !== undefined) {
    return new SqlError(words[1], error.kind, error.number, { cause: error });
  }
  const certificate = /certificate|self[- ]signed|altnames|ssl|tls/i
    .test(error.message);
  if (!certificate) return error;
  const isOtherName = /altnames|does not match/i.test(error.message);
  const hint = isOtherName
    ? "say HostNameInCertificate=… with the name it is issued to"
    : "say Certificate=ca.pem with the authority that issued it, or the " +
      "server's own certificate where it signed itself";
  return new SqlError(
    `${error.message}; the connection is encrypted unless told otherwise: ` +
      `${hint}, or TrustServerCertificate=true, or Encrypt=false`,
    error.kind,
    error.number,
    { cause: error },
  );
}
