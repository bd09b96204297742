/**
 * Sends a statement of the input's through the real client: for tests of the model.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { TYPES } from "tedious";
import type { Statement } from "../../../providers/mssql/input/statements/mod.ts";
import { Client, type ClientOptions, type ResultSet } from "../tds/client.ts";
import { type Model, TEST_PASSWORD, TEST_USER } from "./model.ts";

/** Values by column name. */
// deno-lint-ignore no-explicit-any -- whatever the client makes of it
export type AskedRow = Record<string, any>;

/** Logs in as the user of tests. */
export function connectTo(
  model: Model,
  options: ClientOptions = {},
): Promise<Client> {
  return Client.connect(model.server.port, {
    user: TEST_USER,
    password: TEST_PASSWORD,
    database: [...model.databases.keys()][0],
    ...options,
  });
}

/** @returns The rows of each result set. */
export async function ask(
  client: Client,
  { sql, parameters }: Statement,
): Promise<AskedRow[][]> {
  const sets = await client.query(sql, (request) => {
    for (const { name, type, value } of parameters) {
      request.addParameter(name, typeOf(type), toDriver(value));
    }
  });
  return sets.map(named);
}

function named({ columns, rows }: ResultSet): AskedRow[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, index) => [name, row[index]]))
  );
}

function typeOf(declared: Statement["parameters"][number]["type"]) {
  switch (declared) {
    case "int":
      return TYPES.Int;
    case "bigint":
      return TYPES.BigInt;
    case "binary(10)":
      return TYPES.Binary;
    default:
      return TYPES.NVarChar;
  }
}

function toDriver(value: Statement["parameters"][number]["value"]): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
