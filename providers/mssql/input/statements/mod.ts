/**
 * Every T-SQL statement this input sends, and no other.
 *
 * Each begins with a comment that names it (`dstream: poll`), so that a
 * DBA finds it in the plan cache and a test server knows it. Texts depend on
 * names (tables, columns) alone; values are parameters. LSNs are binary(10).
 * How a column is selected is column_sql.ts.
 *
 * The permissions each needs are in docs/sqlserver.md.
 *
 * @module
 */

export type { Statement } from "./sql_text.ts";
export * from "./server.ts";
export * from "./changes.ts";
export * from "./snapshot.ts";
export * from "./offsets.ts";
export * from "./locks.ts";
export { samples } from "./samples.ts";
