/**
 * What the outputs to databases share: which row a change touches, in which order,
 * and what happens when a database says no.
 *
 * It is no provider: a folder beside them that they import, each with its dialect.
 *
 * @module
 */

export * from "./dialect.ts";
export { checkSql, type SqlConfig, sqlFields } from "./fields.ts";
export { sqlLifecycle } from "./lifecycle.ts";
export { batchOf, holdOf, SqlOutput } from "./output.ts";
