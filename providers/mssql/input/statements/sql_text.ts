/**
 * Names and literals inside T-SQL, and a statement with its parameters.
 *
 * @module
 */

/** What a parameter is declared as. */
export type ParameterType =
  | "binary(10)"
  | "int"
  | "bigint"
  | "nvarchar(4000)"
  | "nvarchar(max)";

/** One parameter of `sp_executesql`. */
export interface Parameter {
  /** Without the @. */
  readonly name: string;
  readonly type: ParameterType;
  readonly value: Uint8Array | number | bigint | string | null;
}

/** One request: sent as `sp_executesql` when it has parameters, else as a batch. */
export interface Statement {
  /** Also in the comment the text begins with, so that a DBA finds it. */
  readonly name: string;
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** @returns `[name]`, as QUOTENAME writes it. */
export function quoteName(name: string): string {
  return `[${name.replaceAll("]", "]]")}]`;
}

/** @returns `N'text'`. */
export function quoteText(text: string): string {
  return `N'${text.replaceAll("'", "''")}'`;
}

/** @returns `[schema].[table]`, or `[table]` for a name without a schema. */
export function quotePath(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "")
    .map((part) => quoteName(part!)).join(".");
}

/** Puts the tag before the text; see {@link Statement.name}. */
export function statement(
  name: string,
  sql: string,
  parameters: readonly Parameter[] = [],
): Statement {
  return { name, sql: `/* dstream: ${name} */\n${sql.trim()}`, parameters };
}
