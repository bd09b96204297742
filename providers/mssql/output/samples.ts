/**
 * One statement of each kind, for a parser that knows T-SQL.
 *
 * @module
 */

import type { Column, Put, Row, TableName } from "../../sql/mod.ts";
import type { Statement } from "../input/statements/sql_text.ts";
import { statement } from "../input/statements/sql_text.ts";
import {
  COLUMNS,
  INDEXES,
  moveSql,
  type MssqlFacts,
  putSql,
  REFERENCES,
  removeSql,
} from "./statements.ts";

const TYPES = [
  "bigint",
  "decimal(12, 2)",
  "nvarchar",
  "varbinary(max)",
  "datetimeoffset(7)",
  "bit",
  "uniqueidentifier",
];

/** All that the output sends besides DDL. */
export const samples: readonly Statement[] = makeSamples();

function makeSamples(): Statement[] {
  const name: TableName = { schema: "dbo", table: "it's ]odd" };
  const columns = TYPES.map((type, at): Column => ({
    name: `a [${at}]`,
    type,
    isRequired: false,
    isGenerated: false,
  }));
  const table: MssqlFacts = {
    name,
    columns: new Map(columns.map((each) => [each.name, each])),
    primaryKey: [columns[0].name],
    isReferenced: false,
    uniqueKeys: [[columns[0].name]],
    identity: undefined, // the parser doesn't know SET IDENTITY_INSERT
  };
  const key = [columns[0].name, columns[3].name];
  const rows: readonly Row[] = []; // they are the parameter
  const put = (mode: Put["mode"], guard?: string) =>
    rowsOf(`put ${mode}`, putSql({ mode, table, key, columns, rows, guard }));
  const guard = columns[2].name;
  return [
    put("upsert"),
    put("upsert", guard),
    put("update"),
    put("insert"),
    put("append"),
    rowsOf("remove", removeSql({ table, key, rows, guard }, columns)),
    rowsOf(
      "move",
      moveSql({ table, key, columns }, [columns[0], columns[3]]),
    ),
    nameOf("columns", COLUMNS),
    nameOf("indexes", INDEXES),
    nameOf("references", REFERENCES),
  ];
}

function rowsOf(tag: string, sql: string): Statement {
  return statement(tag, sql, [{
    name: "rows",
    type: "nvarchar(max)",
    value: "[]",
  }]);
}

function nameOf(tag: string, sql: string): Statement {
  return statement(tag, sql, [{
    name: "name",
    type: "nvarchar(max)",
    value: "[dbo].[t]",
  }]);
}
