/**
 * Calls of procedures as statements: sp_executesql is the statement it carries, any
 * other procedure is `EXEC name` with its parameters.
 *
 * @module
 */

import type { RpcCall } from "./parameters.ts";
import type { SqlRequest } from "./server.ts";

/** @returns What the handler is asked. */
export function executesql(
  { procedure, parameters }: RpcCall,
): Pick<SqlRequest, "sql" | "params"> {
  const isStatement = /^(sys\.)?sp_executesql$/i.test(procedure);
  // The statement, then the declaration of its parameters, then their values.
  const values = isStatement ? parameters.slice(2) : parameters;
  const params = Object.fromEntries(
    values.map(({ name, value }) => [name, value]),
  );
  const sql = isStatement
    ? String(parameters[0]?.value ?? "")
    : `EXEC ${procedure}`;
  return { sql, params };
}
