/**
 * Locks of the database, so that one instance reads a table.
 *
 * @module
 */

import { type Parameter, type Statement, statement } from "./sql_text.ts";

/**
 * Takes a lock that lives as long as the connection, or not at all: it never
 * waits. One row: `result` int, 0 when it was given, negative when not (-1 is
 * another's). Parameter: `resource`.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
 */
export function takeLock(resource: string): Statement {
  return statement(
    "take lock",
    `
DECLARE @result int;
EXEC @result = sys.sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0, @DbPrincipal = N'public';
SELECT @result AS result`,
    [{ name: "resource", type: "nvarchar(4000)", value: resource }],
  );
}

/** Gives it back. One row: `result` int, 0 when it was held. */
export function releaseLock(resource: string): Statement {
  return statement(
    "release lock",
    `
DECLARE @result int;
EXEC @result = sys.sp_releaseapplock @Resource = @resource, @LockOwner = N'Session', @DbPrincipal = N'public';
SELECT @result AS result`,
    [{ name: "resource", type: "nvarchar(4000)", value: resource }],
  );
}

/**
 * Whether this connection still holds the locks. Rows in the order given:
 * `ordinal` int, `mode` nvarchar ("Exclusive" or "NoLock"). Parameters:
 * `resource0`, `resource1`, ….
 *
 * https://learn.microsoft.com/sql/t-sql/functions/applock-mode-transact-sql
 */
export function heldLocks(resources: readonly string[]): Statement {
  const rows = resources.map((_, i) => `(${i}, @resource${i})`);
  return statement(
    "held locks",
    `
SELECT r.ordinal, APPLOCK_MODE(N'public', r.resource, N'Session') AS mode
FROM (VALUES ${rows.join(", ")}) AS r (ordinal, resource)
ORDER BY r.ordinal`,
    resources.map((value, i) => ({
      name: `resource${i}`,
      type: "nvarchar(4000)",
      value,
    })),
  );
}

export function lsn(name: string, value: Uint8Array | null): Parameter {
  return { name, type: "binary(10)", value };
}
