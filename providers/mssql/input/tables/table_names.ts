/**
 * Which tables the config's `tables` means.
 *
 * @module
 */

/** A table by name. */
export interface TableName {
  readonly schemaName: string;
  readonly tableName: string;
}

/** A name as configured: `orders`, `sales.orders`, `[my.schema].[a table]`, `sales.*`. */
export interface TablePattern {
  /** As written. */
  readonly text: string;
  readonly schema: RegExp;
  readonly table: RegExp;
  /** Whether it has a `*`: then no match is no mistake of spelling. */
  readonly isPattern: boolean;
}

/** @returns `undefined` for what is no name. */
export function parseTablePattern(text: string): TablePattern | undefined {
  const parts = splitTableName(text.trim());
  if (parts === undefined || parts.length > 2) return undefined;
  const [schema, table] = parts.length === 1 ? ["dbo", parts[0]] : parts;
  return {
    text,
    schema: toRegExp(schema),
    table: toRegExp(table),
    isPattern: schema.includes("*") || table.includes("*"),
  };
}

/** Splits at dots outside brackets and takes the brackets off. */
export function splitTableName(text: string): string[] | undefined {
  const parts: string[] = [];
  const token = /(?:\[((?:[^\]]|\]\])+)\]|([^.[\]\s][^.[\]]*))(\.|$)/y;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return undefined;
    parts.push(match[1]?.replaceAll("]]", "]") ?? match[2].trim());
    const isLast = token.lastIndex === text.length;
    if (isLast && match[3] === ".") return undefined;
  }
  return parts.length === 0 ? undefined : parts;
}

/** Case doesn't count, as in nearly every database. */
function toRegExp(name: string): RegExp {
  const escaped = name.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`, "i");
}

/** @returns Whether the pattern means this table. */
export function matches(pattern: TablePattern, table: TableName): boolean {
  return pattern.schema.test(table.schemaName) &&
    pattern.table.test(table.tableName);
}
