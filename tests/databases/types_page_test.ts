/**
 * The table of types in docs/databases.md is what each dialect makes of a field.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk";
import { typeOf as mssqlType } from "../../providers/mssql/output/dialect.ts";
import { typeOf as mysqlType } from "../../providers/mysql/output/dialect.ts";
import { typeOf as postgresType } from "../../providers/postgres/output/dialect.ts";
import { sqliteDialect } from "../../providers/sqlite/output/dialect.ts";
import { assertTable, toTable } from "../support/page.ts";

const PAGE = new URL("../../docs/databases.md", import.meta.url);

const FIELDS: readonly (readonly [shown: string, field: FieldType])[] = [
  ...([
    "boolean",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
  ] as const).map((type) => [type, { type }] as const),
  ["decimal(12, 2)", { type: "decimal", precision: 12, scale: 2 }],
  ["decimal", { type: "decimal" }],
  ...([
    "string",
    "bytes",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
  ] as const).map((type) => [type, { type }] as const),
  ["list of string", { type: "list", element: { type: "string" } }],
  ["struct", { type: "struct", fields: [] }],
  ["any", { type: "any" }],
];

Deno.test("the page has the type each database gets for a field", async () => {
  const sqlite = sqliteDialect("");
  const rows = FIELDS.map(([shown, field]) =>
    [
      shown,
      postgresType(field),
      mysqlType(field),
      mssqlType(field),
      sqlite.typeOf(field),
    ].map((cell) => `\`${cell}\``)
  );
  const head = ["schema", "Postgres", "MySQL, MariaDB", "SQL Server", "SQLite"];
  await assertTable(PAGE, "types", toTable([head, ...rows]));
});
