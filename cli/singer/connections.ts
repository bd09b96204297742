/**
 * `connection` and `auth` of a file, as the keys that providers know.
 *
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { Connection, Connector } from "./connector.ts";

export function programOf({ connection, properties, name }: Connector): Json {
  const { command } = properties;
  if (command !== undefined) return command;
  if (connection.kind === "path") return connection.path;
  throw new DstreamError(
    "singer.config_invalid",
    `"${name}" needs "connection": {"path": "tap-x"}, or "command"`,
  );
}

export function databaseKeys(connector: Connector): JsonObject {
  const { connection, auth } = connector;
  if (connection.kind === "path") throw wrongConnection(connector, "host");
  const who: JsonObject = auth.type === "basic"
    ? { user: auth.username, password: auth.password }
    : {};
  if (connection.kind === "url") {
    return { connection_string: connection.url, ...who };
  }
  const { host, port, database } = connection;
  return {
    host,
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...who,
  };
}

export function urlOf(connector: Connector): string {
  const { connection } = connector;
  if (connection.kind === "url") return connection.url.replace(/\/+$/, "");
  throw wrongConnection(connector, "url");
}

export function pathOf(connector: Connector): string {
  const { connection } = connector;
  if (connection.kind === "path") return join(connection.path);
  throw wrongConnection(connector, "path");
}

export function wrongConnection(
  { name, type }: Connector,
  kind: Connection["kind"],
): DstreamError {
  return new DstreamError(
    "singer.config_invalid",
    `"${name}" is of type ${type}, whose connection needs ${kind}`,
  );
}

export function pick(from: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => from[key] === undefined ? [] : [[key, from[key]]]),
  );
}
