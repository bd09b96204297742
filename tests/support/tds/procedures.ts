/**
 * Calls of procedures as statements: sp_executesql is the statement it carries, a
 * prepared one is known by its handle, any other procedure is `EXEC name`.
 *
 * @module
 */

import { SqlServerError } from "./errors.ts";
import type { Parameter, RpcCall } from "./parameters.ts";
import type { SqlRequest } from "./server.ts";

/** What a call asks for. */
export interface Called {
  /** Nothing where only a handle is made or given back. */
  readonly statement?: Pick<SqlRequest, "sql" | "params">;
  /** To be returned to the client. */
  readonly handle?: number;
}

interface Prepared {
  readonly sql: string;
  /** `@a int, @b nvarchar(10)` */
  readonly declaration: string;
}

/** The handles of one connection. */
export class PreparedStatements {
  readonly #byHandle = new Map<number, Prepared>();
  #nextHandle = 1;

  /** @throws {SqlServerError} For a handle that nobody prepared. */
  call({ procedure, parameters }: RpcCall): Called {
    const text = (index: number) => String(parameters[index]?.value ?? "");
    switch (procedure.replace(/^sys\./i, "").toLowerCase()) {
      case "sp_executesql":
        return {
          statement: statementOf(
            { sql: text(0), declaration: text(1) },
            parameters.slice(2),
          ),
        };
      case "sp_prepare":
        return { handle: this.#keep(text(2), text(1)) };
      case "sp_prepexec": {
        const prepared = { sql: text(2), declaration: text(1) };
        return {
          handle: this.#keep(prepared.sql, prepared.declaration),
          statement: statementOf(prepared, parameters.slice(3)),
        };
      }
      case "sp_execute":
        return {
          statement: statementOf(
            this.#find(Number(parameters[0].value)),
            parameters.slice(1),
          ),
        };
      case "sp_unprepare":
        this.#byHandle.delete(Number(parameters[0].value));
        return {};
      default:
        return {
          statement: statementOf(
            { sql: `EXEC ${procedure}`, declaration: "" },
            parameters,
          ),
        };
    }
  }

  #keep(sql: string, declaration: string): number {
    const handle = this.#nextHandle++;
    this.#byHandle.set(handle, { sql, declaration });
    return handle;
  }

  #find(handle: number): Prepared {
    const prepared = this.#byHandle.get(handle);
    if (prepared !== undefined) return prepared;
    throw new SqlServerError({
      number: 8179,
      message: `Could not find prepared statement with handle ${handle}.`,
    });
  }
}

/** Values that came by place get the names of the declaration. */
function statementOf(
  { sql, declaration }: Prepared,
  values: readonly Parameter[],
): Pick<SqlRequest, "sql" | "params"> {
  const names = [...declaration.matchAll(/@(\w+)/g)].map(([, name]) => name);
  const params = Object.fromEntries(
    values.map(({ name, value }, i) => [name || (names[i] ?? ""), value]),
  );
  return { sql, params };
}
