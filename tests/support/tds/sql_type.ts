/**
 * SQL Server's types as T-SQL writes them: `decimal(18,4)`, `nvarchar(max)`.
 *
 * @module
 */

/** A type with what stands in its parentheses. */
export interface SqlType {
  readonly name: SqlTypeName;
  /** Characters or bytes of a string type; "max" for the large ones. */
  readonly length: number | "max";
  /** Digits in all, of decimal and numeric. */
  readonly precision: number;
  /** Digits after the point: decimal and numeric, time, datetime2, datetimeoffset. */
  readonly scale: number;
}

/** What the server can send. */
export type SqlTypeName = typeof TYPE_NAMES[number];

const TYPE_NAMES = [
  "bit",
  "tinyint",
  "smallint",
  "int",
  "bigint",
  "decimal",
  "numeric",
  "money",
  "smallmoney",
  "real",
  "float",
  "date",
  "time",
  "datetime",
  "smalldatetime",
  "datetime2",
  "datetimeoffset",
  "char",
  "varchar",
  "nchar",
  "nvarchar",
  "binary",
  "varbinary",
  "uniqueidentifier",
  "xml",
  "sql_variant",
  "text",
  "ntext",
  "image",
  "geography",
  "geometry",
  "hierarchyid",
] as const;

/** Other names of the same. */
const SYNONYMS: Readonly<Record<string, string>> = {
  integer: "int",
  dec: "decimal",
  rowversion: "binary(8)",
  timestamp: "binary(8)",
  sysname: "nvarchar(128)",
};

/**
 * @throws {Error} For a name SQL Server doesn't have.
 *
 * @example
 * ```ts
 * const { name, precision, scale } = parseSqlType("decimal(18, 4)");
 * if (name !== "decimal" || precision !== 18 || scale !== 4) throw new Error();
 * ```
 */
export function parseSqlType(text: string): SqlType {
  const cached = CACHE.get(text);
  if (cached !== undefined) return cached;
  const written = text.trim().toLowerCase();
  const [, word, first, second] =
    /^(\w+)\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?$/.exec(
      SYNONYMS[written] ?? written,
    ) ?? [];
  const name = TYPE_NAMES.find((known) => known === word);
  if (name === undefined) throw new Error(`no SQL Server type: ${text}`);
  const type = withParts(name, first, second);
  CACHE.set(text, type);
  return type;
}

const CACHE = new Map<string, SqlType>();
const HAS_TIME_SCALE = new Set(["time", "datetime2", "datetimeoffset"]);

function withParts(name: SqlTypeName, first?: string, second?: string) {
  const isTime = HAS_TIME_SCALE.has(name);
  return {
    name,
    length: first === "max" ? "max" as const : Number(first ?? 1),
    precision: Number(first ?? 18),
    scale: isTime ? Number(first ?? 7) : Number(second ?? 0),
  };
}
