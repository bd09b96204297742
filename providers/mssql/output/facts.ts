/**
 * What a table is, by the server's catalog.
 *
 * @module
 */

import type { Column, TableName } from "../../sql/mod.ts";
import type { Rows } from "../input/connection/session.ts";
import { COLUMNS, INDEXES, type MssqlFacts, REFERENCES } from "./statements.ts";

type Ask = (tag: string, sql: string) => Promise<readonly Rows[]>;

/** @returns `undefined` where there is no such table. */
export async function readFacts(
  name: TableName,
  ask: Ask,
): Promise<MssqlFacts | undefined> {
  const [rows = []] = await ask("columns", COLUMNS);
  if (rows.length === 0) return undefined;
  const columns = rows.map((row): Column => ({
    name: String(row.name),
    type: typeOf(
      String(row.type_name),
      Number(row.max_length),
      Number(row.precision),
      Number(row.scale),
    ),
    isRequired: Number(row.is_required) === 1,
    isGenerated: Number(row.is_generated) === 1,
  }));
  const [indexes = []] = await ask("indexes", INDEXES);
  const [[references] = []] = await ask("references", REFERENCES);
  const keys = Map.groupBy(indexes, (row) => String(row.index_name));
  const names = (rows: Rows) => rows.map((row) => String(row.column_name));
  const primary = indexes.filter((row) => Number(row.is_primary) === 1);
  const identity = rows.find((row) => Number(row.is_identity) === 1)?.name;
  return {
    name,
    columns: new Map(columns.map((each) => [each.name.toLowerCase(), each])),
    primaryKey: names(primary),
    uniqueKeys: [...keys.values()].map(names),
    isReferenced: Number(references?.count ?? 0) > 0,
    identity: typeof identity === "string" ? identity : undefined,
  };
}

/** As DDL has it: `decimal(12, 2)`. */
function typeOf(
  name: string,
  maxLength: number,
  precision: number,
  scale: number,
): string {
  switch (name) {
    case "decimal":
    case "numeric":
      return `${name}(${precision}, ${scale})`;
    case "time":
    case "datetime2":
    case "datetimeoffset":
      return `${name}(${scale})`;
    case "varbinary":
    case "binary":
      return `${name}(${maxLength < 0 ? "max" : maxLength})`;
    default:
      return name;
  }
}
