/**
 * Names of tables: as users write them, as SQL needs them, as metadata say them.
 *
 * @module
 */

/** A table by name. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** `public` is left out, as users do. */
export function shownName({ schema, table }: TableName): string {
  return schema === "public" ? table : `${schema}.${table}`;
}

/** For SQL: each part quoted. */
export function quoteTable({ schema, table }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** A name as it came, whatever is in it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL; right whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** A table or pattern as configured: `orders`, `sales.*`, `"My Schema".orders`. */
export interface TablePattern {
  /** As written. */
  readonly text: string;
  readonly schema: RegExp;
  readonly table: RegExp;
  /** Whether it has a `*`: then no match is no mistake of spelling. */
  readonly isPattern: boolean;
}

const PART = /(?:"((?:[^"]|"")+)"|([^."\s][^."]*))(\.|$)/y;

/**
 * @returns `undefined` for what is no name.
 *
 * @example
 * ```ts
 * const pattern = parseTablePattern("sales.*");
 * if (!pattern?.table.test("orders")) throw new Error();
 * ```
 */
export function parseTablePattern(text: string): TablePattern | undefined {
  const parts = splitName(text.trim());
  if (parts === undefined || parts.length > 2) return undefined;
  const [schema, table] = parts.length === 1 ? ["public", parts[0]] : parts;
  return {
    text,
    schema: toRegExp(schema),
    table: toRegExp(table),
    isPattern: /\*/.test(schema + table),
  };
}

function splitName(text: string): string[] | undefined {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return undefined;
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (PART.lastIndex === text.length && match[3] === ".") return undefined;
  }
  return parts.length === 0 ? undefined : parts;
}

function toRegExp(name: string): RegExp {
  const escaped = name.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`);
}

/** Whether the pattern means this table. */
export function isMeant(pattern: TablePattern, name: TableName): boolean {
  return pattern.schema.test(name.schema) && pattern.table.test(name.table);
}
