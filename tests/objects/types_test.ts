/**
 * Every type of a real Postgres and of the SQL Server model on its way into Parquet,
 * as pyarrow and DuckDB read it, and back out of it. The tables of docs/object-stores.md
 * are what is seen here.
 *
 * @module
 */

import { join } from "node:path";
import type { JsonObject } from "@dstream/sdk";
import { dstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { Model } from "../support/mssql_model/model.ts";
import { needs } from "../support/needs.ts";
import { assertTable, toTable } from "../support/page.ts";
import { readParquet } from "../support/parquet.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { startVersitygw } from "../support/servers/versitygw.ts";
import { TempFolder } from "../support/temp_folder.ts";

const PAGE = new URL("../../docs/object-stores.md", import.meta.url);
const PATIENCE_MS = 120_000;

/** A column: its type and a value, as SQL; what readers see of it. */
type PostgresCase = readonly [type: string, sql: string, seen: unknown];

const POSTGRES: readonly PostgresCase[] = [
  ["boolean", "true", true],
  ["smallint", "-32768", -32768],
  ["integer", "2147483647", 2147483647],
  ["bigint", "9223372036854775807", "9223372036854775807"],
  ["oid", "4294967295", 4294967295],
  ["real", "1.5", 1.5],
  ["double precision", "0.1", 0.1],
  ["numeric(12,2)", "-1234567890.12", "-1234567890.12"],
  [
    "numeric(38,10)",
    "1234567890123456789012345678.0123456789",
    "1234567890123456789012345678.0123456789",
  ],
  ["numeric", "1e-50", `0.${"0".repeat(49)}1`],
  ["text", "'Zoë 🎈'", "Zoë 🎈"],
  ["varchar(20)", "'a\"b\\c'", 'a"b\\c'],
  ["char(4)", "'ab'", "ab  "],
  ["bytea", "'\\x00ff10'", "base64:AP8Q"],
  ["date", "'2024-02-29'", "2024-02-29"],
  ["time", "'23:59:59.123456'", "23:59:59.123456"],
  ["timetz", "'23:59:59.5+02'", "23:59:59.5+02"],
  [
    "timestamp",
    "'2026-11-30 08:57:32.123456'",
    "2026-11-30T08:57:32.123456",
  ],
  [
    "timestamptz",
    "'2026-11-30 08:57:32.123456+02'",
    "2026-11-30T06:57:32.123456+00:00",
  ],
  ["interval", "'1 year 2 days 03:04:05'", "P1Y2DT3H4M5S"],
  [
    "uuid",
    "'123e4567-e89b-12d3-a456-426614174000'",
    "123e4567-e89b-12d3-a456-426614174000",
  ],
  ["jsonb", `'{"a": [1, null]}'`, '{"a": [1, null]}'],
  ["integer[]", "'{1,NULL,3}'", [1, null, 3]],
  ["text[]", "'{a,NULL}'", ["a", null]],
  ["mood", "'good'", "good"],
  ["inet", "'10.0.0.1/8'", "10.0.0.1/8"],
];

Deno.test({
  name: "Postgres into Parquet keeps every type",
  ignore: !needs("postgres") || !needs("versitygw") || !needs("parquet"),
  async fn() {
    await using server = await startPostgres({ wal_level: "logical" });
    const columns = POSTGRES.map(([type], n) => `c${n} ${type}`);
    await server.sql(
      `CREATE TYPE mood AS ENUM ('good', 'bad');
       CREATE TABLE t (id int PRIMARY KEY, ${columns.join(", ")});
       INSERT INTO t VALUES (1, ${POSTGRES.map(([, sql]) => sql).join(", ")});
       INSERT INTO t (id) VALUES (2)`,
    );
    const seen = await throughParquet(`provider = "postgres"
    config {
      connection_string = ${JSON.stringify(server.url)}
      tables            = ["t"]
      follow            = false`);
    await check(seen, POSTGRES, "postgres-types");
  },
});

type ModelCase = readonly [type: string, value: unknown, seen: unknown];

const SQL_SERVER: readonly ModelCase[] = [
  ["bit", true, true],
  ["tinyint", 255, 255],
  ["smallint", -32768, -32768],
  ["int", 2147483647, 2147483647],
  ["bigint", -9223372036854775808n, "-9223372036854775808"],
  [
    "decimal(38,10)",
    "1234567890123456789012345678.0123456789",
    "1234567890123456789012345678.0123456789",
  ],
  ["money", "922337203685477.5807", "922337203685477.5807"],
  ["float", 0.1, 0.1],
  ["real", 1.5, 1.5],
  ["date", "9999-12-31", "9999-12-31"],
  ["time(6)", "23:59:59.999999", "23:59:59.999999"],
  [
    "datetime",
    "2024-02-29 12:34:56.997",
    "2024-02-29T12:34:56.997000",
  ],
  [
    "datetime2(6)",
    "2024-02-29 12:34:56.123456",
    "2024-02-29T12:34:56.123456",
  ],
  [
    "datetimeoffset(6)",
    "2024-02-29 12:34:56.123456 +14:00",
    "2024-02-28T22:34:56.123456+00:00",
  ],
  [
    "uniqueidentifier",
    "0E984725-C51C-4BF4-9960-E1C80E27ABA0",
    "0e984725-c51c-4bf4-9960-e1c80e27aba0",
  ],
  ["nchar(3)", "ä", "ä  "],
  ["nvarchar(50)", "日本語 😀", "日本語 😀"],
  ["xml", '<a b="1">é</a>', '<a b="1">é</a>'],
  ["varbinary(10)", Uint8Array.of(0, 255, 16), "base64:AP8Q"],
];

Deno.test({
  name: "SQL Server's model into Parquet keeps every type",
  ignore: !needs("versitygw") || !needs("parquet"),
  async fn() {
    await using model = new Model();
    const shop = model.database("shop");
    shop.enableCdc();
    shop.createTable("t", [
      { name: "id", type: "int", isNullable: false },
      ...SQL_SERVER.map(([type], n) => ({ name: `c${n}`, type })),
    ], ["id"]);
    shop.enableTable("t");
    const row = Object.fromEntries(
      SQL_SERVER.map(([, value], n) => [`c${n}`, value]),
    );
    const nulls = Object.fromEntries(
      Object.keys(row).map((key) => [key, null]),
    );
    shop.transaction((transaction) => {
      transaction.insert("t", { id: 1, ...row } as never);
      transaction.insert("t", { id: 2, ...nulls } as never);
    });
    const seen = await throughParquet(`provider = "mssql"
    config {
      db_connection_string = ${
      JSON.stringify(`${model.connectionString};Encrypt=false`)
    }
      tables = ["dbo.t"]
      follow = false`);
    await check(seen, SQL_SERVER, "sqlserver-types");
  },
});

/** What was seen of the rows 1 and 2 of a table. */
interface Seen {
  readonly arrow: Reader;
  readonly duckdb: Reader;
  /** The data that the `s3` input makes of the files again. */
  readonly again: readonly JsonObject[];
  /** The data before it became Parquet. */
  readonly sent: readonly JsonObject[];
}

interface Reader {
  readonly schema: Readonly<Record<string, string>>;
  readonly rows: readonly Record<string, unknown>[];
}

/** @param input The begin of an input block whose table is `t`. */
async function throughParquet(input: string): Promise<Seen> {
  await using server = await startVersitygw();
  await server.makeBucket("lake");
  const store = `provider = "s3"
    config {
      bucket            = "lake"
      endpoint          = "${server.endpoint}"
      access_key_id     = "${server.accessKeyId}"
      secret_access_key = "${server.secretAccessKey}"`;
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "there" {
  input {
    ${input}
    }
  }
  output "lake" {
    ${store}
      format = "parquet"
    }
  }
  output "sent" {
    provider = "file"
    config {
      path = "sent.jsonl"
    }
  }
}
task "back" {
  input {
    ${store}
    }
  }
  output {
    provider = "file"
    config {
      path = "again.jsonl"
    }
  }
}
`,
  });
  for (const task of ["there", "back"]) {
    const { code, stderr } = await dstream(["run", task], {
      cwd: folder.path,
      timeoutMs: PATIENCE_MS,
    });
    assertEquals(code, 0, stderr);
  }
  const bucket = join(server.bucketsFolder, "lake");
  return {
    arrow: oneFile(await readParquet("arrow", bucket)),
    duckdb: oneFile(await readParquet("duckdb", bucket)),
    sent: await rowsIn(folder.join("sent.jsonl")),
    again: await rowsIn(folder.join("again.jsonl")),
  };
}

function oneFile(files: Map<string, Reader>): Reader {
  const [file, ...others] = [...files.values()];
  assertEquals(others, []);
  return file;
}

async function rowsIn(path: string): Promise<JsonObject[]> {
  const text = await Deno.readTextFile(path);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

async function check(
  { arrow, duckdb, sent, again }: Seen,
  cases: readonly (readonly [string, unknown, unknown])[],
  mark: string,
): Promise<void> {
  const rows = cases.map(([type, , expected], n) => {
    const name = `c${n}`;
    assertEquals(arrow.rows.map((row) => row[name]), [expected, null], type);
    const [first, second] = duckdb.rows.map((row) => row[name]);
    assertEquals([first, second], [expected, null], `DuckDB: ${type}`);
    const isSame = JSON.stringify(again[0][name]) ===
      JSON.stringify(sent[0][name]);
    return [type, arrow.schema[name], duckdb.schema[name], isSame ? "=" : "~"]
      .map((cell) => `\`${cell}\``);
  });
  const head = ["column", "pyarrow", "DuckDB", "read back"];
  await assertTable(PAGE, mark, toTable([head, ...rows]));
}
