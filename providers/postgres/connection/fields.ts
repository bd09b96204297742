/**
 * The config keys that say how to reach a Postgres server.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  duration,
  integer,
  oneOf,
  secret,
  string,
} from "@dstream/sdk";
import { parseConnectionString } from "./connection_string.ts";

/** As libpq names them; `prefer` is its default too. */
export const SSL_MODES = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
] as const;

/** See https://www.postgresql.org/docs/current/libpq-ssl.html. */
export type SslMode = typeof SSL_MODES[number];

/** Shared by the input and the output. */
export const connectionFields = {
  connectionString: secret({
    doc:
      "postgres://user:password@host:5432/database?sslmode=verify-full, or " +
      "libpq's keywords: host=… dbname=…; keys of their own win over it",
    optional: true,
    example: "postgres://dstream:secret@db.example.com/shop",
  }),
  host: string({
    doc: "The server's name or address",
    optional: true,
    example: "db.example.com",
  }),
  port: integer({
    doc: "The server's port; 5432 when nothing says otherwise",
    optional: true,
    min: 1,
    max: 65_535,
    example: 5432,
  }),
  database: string({
    doc: "The database's name",
    optional: true,
    example: "shop",
  }),
  user: string({
    aliases: ["username"],
    doc: "Who logs in",
    optional: true,
    example: "dstream",
  }),
  password: secret({
    doc: "The password of that user",
    optional: true,
    example: '${env("PGPASSWORD")}',
  }),
  sslmode: oneOf(SSL_MODES, {
    doc: "Whether the connection is encrypted and whose certificate is " +
      "accepted, with libpq's meaning; prefer when nothing says otherwise",
    optional: true,
    example: "verify-full",
  }),
  sslrootcert: string({
    doc: "A file with the authorities that are trusted; left out, the system's",
    optional: true,
    example: "/etc/ssl/my-ca.pem",
  }),
  sslcert: string({
    doc: "A file with the client's certificate",
    optional: true,
    example: "client.crt",
  }),
  sslkey: string({
    doc: "A file with the key of that certificate",
    optional: true,
    example: "client.key",
  }),
  connectTimeout: duration({
    doc: "How long to wait for the server when connecting",
    default: "30s",
    min: 100,
    max: 600_000,
  }),
};

/** The values of these keys. */
export type ConnectionConfig = Config<typeof connectionFields>;

/** Mistakes in what these keys say together. */
export function* checkConnection(
  { connectionString, host }: ConnectionConfig,
): Generator<ConfigProblem> {
  if (connectionString === undefined) {
    if (host === undefined) {
      yield {
        path: "config.host",
        message: "host is required, or a connection_string",
      };
    }
    return;
  }
  const parsed = parseConnectionString(connectionString);
  if ("problem" in parsed) {
    yield {
      path: "config.connection_string",
      message: `connection_string ${parsed.problem}`,
      hint: "postgres://user:password@host:5432/database, or " +
        "host=… port=… dbname=… user=… password=…",
    };
  }
}
