/**
 * The keys of `output { provider = "mysql" config { … } }`.
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
import { checkSql, sqlFields } from "../../sql/mod.ts";
import { parseUrl } from "./settings.ts";

/** How far the server's certificate is looked at. */
export const SSL_MODES = ["disable", "require", "verify-full"] as const;

/** The keys, for the parser, the types and the reference page. */
export const config = {
  connectionString: secret({
    doc: "mysql://user:password@host:3306/database; keys of their own win " +
      "over it",
    optional: true,
    example: "mysql://dstream:secret@db.example.com/copy",
  }),
  host: string({
    doc: "The server's name or address",
    optional: true,
    example: "db.example.com",
  }),
  port: integer({
    doc: "The server's port; 3306 when nothing says otherwise",
    optional: true,
    min: 1,
    max: 65_535,
    example: 3306,
  }),
  database: string({
    doc: "The database of tables whose name has none",
    optional: true,
    example: "copy",
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
    example: '${env("MYSQL_PWD")}',
  }),
  sslmode: oneOf(SSL_MODES, {
    doc: "Whether the connection is encrypted, and whether the server's " +
      "certificate and name are looked at",
    default: "disable",
  }),
  sslrootcert: string({
    doc: "A file with the authorities that are trusted; left out, the system's",
    optional: true,
    example: "/etc/ssl/my-ca.pem",
  }),
  connectTimeout: duration({
    doc: "How long to wait for the server when connecting",
    default: "30s",
    min: 100,
    max: 600_000,
  }),
  ...sqlFields,
};

/** What the parser yields. */
export type MysqlConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: MysqlConfig): Generator<ConfigProblem> {
  const { connectionString, host, database } = values;
  const url = connectionString === undefined
    ? undefined
    : parseUrl(connectionString);
  if (connectionString !== undefined && url === undefined) {
    yield {
      path: "config.connection_string",
      message: "connection_string is no mysql:// address",
      hint: "mysql://user:password@host:3306/database",
    };
  } else if (url === undefined && host === undefined) {
    yield {
      path: "config.host",
      message: "host is required, or a connection_string",
    };
  } else if (database === undefined && !url?.database) {
    yield { path: "config.database", message: "database is required" };
  }
  yield* checkSql(values);
}
