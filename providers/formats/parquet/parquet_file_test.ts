import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { batchOf } from "../../../tests/support/file_output.ts";
import { needs } from "../../../tests/support/needs.ts";
import { readParquet } from "../../../tests/support/parquet.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import type { LineBatch } from "../../../core/sdk/serve/batch.ts";
import type { FieldType, TableSchema } from "@dstream/sdk/changes";
import { ParquetFile, type ParquetOptions } from "./parquet_file.ts";
import { RowReader } from "./row_reader.ts";

const OPTIONS: ParquetOptions = {
  compression: "zstd",
  secondDigits: 6,
  nested: "structs",
  groupRows: 20_000,
  without: [],
  metadataColumns: [],
};

/** Rows given as JSON text. */
async function write(
  folder: TempFolder,
  schema: TableSchema,
  rows: readonly string[],
  options: Partial<ParquetOptions> = {},
): Promise<LineBatch> {
  const pieces: Uint8Array[] = [];
  const file = new ParquetFile(
    schema,
    { ...OPTIONS, ...options },
    new RowReader(1_000_000),
    (bytes) => pieces.push(bytes.slice()),
  );
  const batch = batchOf(
    rows.map((row, n) =>
      `{"data":${row},"metadata":{"operation":"insert","n":${n}}}\n`
    ).join(""),
  ) as LineBatch;
  await file.append(batch, 0, batch.count);
  await file.finish();
  const bytes = new Uint8Array(
    await new Blob(pieces as BlobPart[]).arrayBuffer(),
  );
  await Deno.writeFile(folder.join("a.parquet"), bytes);
  return batch;
}

/** A type, a value in JSON, and what pyarrow and DuckDB see. */
type Case = [
  field: FieldType,
  json: string,
  arrowType: string,
  arrowValue: unknown,
  duckType: string,
  duckValue?: unknown,
];

const CASES: readonly Case[] = [
  [{ type: "boolean" }, "true", "bool", true, "BOOLEAN"],
  [{ type: "int8" }, "-128", "int8", -128, "TINYINT"],
  [{ type: "int16" }, "32767", "int16", 32767, "SMALLINT"],
  [{ type: "int32" }, "-2147483648", "int32", -2147483648, "INTEGER"],
  [{ type: "int64" }, "42", "int64", 42, "BIGINT"],
  [
    { type: "int64" },
    '"-9223372036854775808"',
    "int64",
    "-9223372036854775808",
    "BIGINT",
  ],
  [
    { type: "int64" },
    "9223372036854775807",
    "int64",
    "9223372036854775807",
    "BIGINT",
  ],
  [{ type: "uint8" }, "255", "uint8", 255, "UTINYINT"],
  [{ type: "uint16" }, "65535", "uint16", 65535, "USMALLINT"],
  [{ type: "uint32" }, "4294967295", "uint32", 4294967295, "UINTEGER"],
  [
    { type: "uint64" },
    '"18446744073709551615"',
    "uint64",
    "18446744073709551615",
    "UBIGINT",
  ],
  [{ type: "float32" }, "1.5", "float", 1.5, "FLOAT"],
  [{ type: "float64" }, "0.1", "double", 0.1, "DOUBLE"],
  [{ type: "float64" }, '"NaN"', "double", "nan", "DOUBLE"],
  [{ type: "float64" }, '"-Infinity"', "double", "-inf", "DOUBLE"],
  [
    { type: "decimal", precision: 9, scale: 2 },
    '"-1234567.89"',
    "decimal128(9, 2)",
    "-1234567.89",
    "DECIMAL(9,2)",
  ],
  [
    { type: "decimal", precision: 18, scale: 4 },
    '"12345678901234.5"',
    "decimal128(18, 4)",
    "12345678901234.5000",
    "DECIMAL(18,4)",
  ],
  [
    { type: "decimal", precision: 38, scale: 10 },
    '"-1234567890123456789012345678.0123456789"',
    "decimal128(38, 10)",
    "-1234567890123456789012345678.0123456789",
    "DECIMAL(38,10)",
  ],
  [
    { type: "decimal", precision: 38, scale: 4 },
    "1234567890123456789.0001",
    "decimal128(38, 4)",
    "1234567890123456789.0001",
    "DECIMAL(38,4)",
  ],
  [
    { type: "decimal" },
    '"1.000000000000000000000000000000000000000001"',
    "string",
    "1.000000000000000000000000000000000000000001",
    "VARCHAR",
  ],
  [{ type: "string" }, '"Zoë 🎈\\u0000"', "string", "Zoë 🎈\u0000", "VARCHAR"],
  [{ type: "bytes" }, '"AAH/"', "binary", "base64:AAH/", "BLOB"],
  [{ type: "date" }, '"2024-02-29"', "date32[day]", "2024-02-29", "DATE"],
  [{ type: "date" }, '"0001-01-01"', "date32[day]", "0001-01-01", "DATE"],
  [
    { type: "time" },
    '"23:59:59.123456"',
    "time64[us]",
    "23:59:59.123456",
    "TIME",
  ],
  [
    { type: "timestamp" },
    '"2026-11-30T08:57:32.123456"',
    "timestamp[us]",
    "2026-11-30T08:57:32.123456",
    "TIMESTAMP",
  ],
  [
    { type: "timestamp" },
    '"1753-01-01 00:00:00"',
    "timestamp[us]",
    "1753-01-01T00:00:00",
    "TIMESTAMP",
  ],
  [
    { type: "timestamptz" },
    '"2026-11-30T08:57:32.5+02:00"',
    "timestamp[us, tz=UTC]",
    "2026-11-30T06:57:32.500000+00:00",
    "TIMESTAMP WITH TIME ZONE",
  ],
  [{ type: "interval" }, '"1 day"', "string", "1 day", "VARCHAR"],
  [
    { type: "uuid" },
    '"123e4567-e89b-12d3-a456-426614174000"',
    "extension<arrow.uuid>",
    "123e4567-e89b-12d3-a456-426614174000",
    "UUID",
  ],
  [
    { type: "json" },
    '{"a":[1,null]}',
    "string",
    '{"a":[1,null]}',
    "VARCHAR",
  ],
  [{ type: "any" }, '"text"', "string", '"text"', "VARCHAR"],
  [
    { type: "list", element: { type: "int32" } },
    "[1,null,3]",
    "list<element: int32>",
    [1, null, 3],
    "INTEGER[]",
  ],
  [
    { type: "list", element: { type: "string" } },
    "[]",
    "list<element: string>",
    [],
    "VARCHAR[]",
  ],
  [
    {
      type: "struct",
      fields: [
        { name: "x", type: "int64" },
        {
          name: "tags",
          type: "list",
          element: {
            type: "struct",
            fields: [{ name: "k", type: "decimal", precision: 5, scale: 2 }],
          },
        },
      ],
    },
    '{"x":null,"tags":[{"k":"1.5"},{}]}',
    "struct<x: int64, tags: list<element: struct<k: decimal128(5, 2)>>>",
    { x: null, tags: [{ k: "1.50" }, { k: null }] },
    "STRUCT(x BIGINT, tags STRUCT(k DECIMAL(5,2))[])",
  ],
];

Deno.test({
  name:
    "3.6.16-18 every type comes back, to pyarrow and to DuckDB, with nulls around it",
  ignore: !needs("parquet"),
  async fn() {
    await using folder = await TempFolder.make();
    const fields = CASES.map(([field], n) => ({ ...field, name: `c${n}` }));
    const row = `{${CASES.map(([, json], n) => `"c${n}":${json}`).join()}}`;
    const nulls = `{${CASES.map((_, n) => `"c${n}":null`).join()}}`;
    const rows = [nulls, row, "{}", row];
    const batch = await write(folder, { table: "t", fields }, rows);
    assertEquals([...batch.rejections.values()], []);
    const absent = Object.fromEntries(CASES.map((_, n) => [`c${n}`, null]));
    const arrow = (await readParquet("arrow", folder.path)).get("a.parquet")!;
    const expected = Object.fromEntries(
      CASES.map((one, n) => [`c${n}`, one[3]]),
    );
    assertEquals(
      arrow.schema,
      Object.fromEntries(CASES.map((one, n) => [`c${n}`, one[2]])),
    );
    assertEquals(arrow.rows, [absent, expected, absent, expected]);
    const duck = (await readParquet("duckdb", folder.path)).get("a.parquet")!;
    assertEquals(
      duck.schema,
      Object.fromEntries(CASES.map((one, n) => [`c${n}`, one[4]])),
    );
    assertEquals(duck.rows, [absent, expected, absent, expected]);
  },
});

Deno.test("3.6.19 a value of another type rejects its own envelope, not the row group", async (t) => {
  const cases: [FieldType, string][] = [
    [{ type: "boolean" }, '"yes"'],
    [{ type: "int8" }, "128"],
    [{ type: "int32" }, "1.5"],
    [{ type: "int64" }, '"9223372036854775808"'],
    [{ type: "int64" }, '"x"'],
    [{ type: "uint64" }, "-1"],
    [{ type: "float64" }, '"much"'],
    [{ type: "decimal", precision: 5, scale: 2 }, '"1.234"'],
    [{ type: "decimal", precision: 5, scale: 2 }, '"1234.5"'],
    [{ type: "decimal", precision: 5, scale: 2 }, '"NaN"'],
    [{ type: "string" }, "7"],
    [{ type: "bytes" }, '"?"'],
    [{ type: "date" }, '"2025-02-29"'],
    [{ type: "date" }, '"2025-13-01"'],
    [{ type: "time" }, '"24:00"'],
    [{ type: "timestamp" }, '"2025-01-01T00:00:00Z"'],
    [{ type: "timestamp" }, '"infinity"'],
    [{ type: "timestamptz" }, '"2025-01-01T00:00:00"'],
    [{ type: "uuid" }, '"123"'],
    [{ type: "list", element: { type: "int32" } }, '[1,"x"]'],
    [{ type: "list", element: { type: "int32" } }, "{}"],
    [{ type: "struct", fields: [{ name: "a", type: "int8" }] }, '{"a":300}'],
  ];
  for (const [field, json] of cases) {
    await t.step(`${field.type}: ${json}`, async () => {
      await using folder = await TempFolder.make();
      const schema = { table: "t", fields: [{ ...field, name: "c" }] };
      const batch = await write(folder, schema, [
        '{"c":null}',
        `{"c":${json}}`,
        '{"c":null}',
      ]);
      const [rejection, ...others] = [...batch.rejections.values()];
      assertEquals([rejection?.seq, others], [2, []]);
      assert.match(rejection.reason, /^"c": /);
      assert(!rejection.reason.includes("much"), "the value isn't shown");
    });
  }
  await t.step("what is no object", async () => {
    await using folder = await TempFolder.make();
    const schema: TableSchema = {
      table: "t",
      fields: [{ name: "c", type: "int8" }],
    };
    const batch = await write(folder, schema, ["1", "[1]", "null"]);
    assertEquals(
      [...batch.rejections.values()].map(({ code }) => code),
      ["not_a_row", "not_a_row", "not_a_row"],
    );
  });
});

Deno.test({
  name: "3.6.18 nested data are JSON text where that is asked for",
  ignore: !needs("parquet"),
  async fn() {
    await using folder = await TempFolder.make();
    const schema: TableSchema = {
      table: "t",
      fields: [{ name: "l", type: "list", element: { type: "int32" } }],
    };
    await write(folder, schema, ['{"l":[1,2]}'], { nested: "json" });
    const file = (await readParquet("arrow", folder.path)).get("a.parquet")!;
    assertEquals([file.schema, file.rows], [{ l: "string" }, [{ l: "[1,2]" }]]);
  },
});

Deno.test({
  name: "3.6.16 times have the unit that is asked for, and never INT96",
  ignore: !needs("parquet"),
  async fn(t) {
    const schema: TableSchema = {
      table: "t",
      fields: [
        { name: "t", type: "time" },
        { name: "ts", type: "timestamp" },
        { name: "tz", type: "timestamptz" },
      ],
    };
    const row =
      '{"t":"01:02:03.123456789","ts":"2020-01-02T03:04:05.123456789",' +
      '"tz":"2020-01-02T03:04:05.123456789Z"}';
    for (
      const [secondDigits, unit] of [[3, "ms"], [6, "us"], [9, "ns"]] as const
    ) {
      await t.step(unit, async () => {
        await using folder = await TempFolder.make();
        await write(folder, schema, [row], { secondDigits });
        const file = (await readParquet("duckdb", folder.path))
          .get("a.parquet")!;
        const digits = "123456789".slice(0, secondDigits);
        assert.match(
          String(file.rows[0].ts),
          new RegExp(`05\\.${digits.slice(0, 6)}`),
        );
        const { schema: types } = (await readParquet("arrow", folder.path))
          .get("a.parquet")!;
        assertEquals(types, {
          t: secondDigits === 3 ? "time32[ms]" : `time64[${unit}]`,
          ts: `timestamp[${unit}]`,
          tz: `timestamp[${unit}, tz=UTC]`,
        });
      });
    }
  },
});

Deno.test({
  name: "3.6.20 row groups are written one at a time, with each compression",
  ignore: !needs("parquet"),
  async fn(t) {
    const schema: TableSchema = {
      table: "t",
      fields: [{ name: "n", type: "int64" }, { name: "s", type: "string" }],
    };
    const rows = Array.from(
      { length: 1000 },
      (_, n) => `{"n":${n},"s":"text ${n % 7}"}`,
    );
    for (const compression of ["none", "snappy", "gzip", "zstd"] as const) {
      await t.step(compression, async () => {
        await using folder = await TempFolder.make();
        await write(folder, schema, rows, { compression, groupRows: 300 });
        for (const reader of ["arrow", "duckdb"] as const) {
          const file = (await readParquet(reader, folder.path))
            .get("a.parquet")!;
          assertEquals(file.rows, rows.map((row) => JSON.parse(row)));
          assertEquals(file.groups ?? 4, 4);
        }
      });
    }
  },
});

Deno.test({
  name: "metadata becomes columns, and columns of folders are left out",
  ignore: !needs("parquet"),
  async fn() {
    await using folder = await TempFolder.make();
    const schema: TableSchema = {
      table: "t",
      fields: [{ name: "a", type: "int64" }, { name: "b", type: "int64" }],
    };
    await write(folder, schema, ['{"a":1,"b":2}'], {
      without: ["b"],
      metadataColumns: ["operation", "n", "other"],
    });
    const file = (await readParquet("arrow", folder.path)).get("a.parquet")!;
    assertEquals(file.rows, [
      { a: 1, _operation: "insert", _n: "0", _other: null },
    ]);
  },
});

Deno.test({
  name:
    "rows of any shape have the same values: their keys' order, escapes, other lines",
  ignore: !needs("parquet"),
  async fn() {
    const schema: TableSchema = {
      table: "t",
      fields: [{ name: "ä b", type: "string" }, { name: "n", type: "int64" }],
    };
    const rows = [
      '{"ä b":"ö","n":1}',
      '{"n":2,"\\u00e4 b":"x\\ny"}',
      '{"other":[1,{"n":9}],"n":3}',
      '{"n":4,"n":5}',
      ' { "n" : 6 , "ä b" : "\\ud83c\\udf88" } ',
      "{}",
    ];
    await using folder = await TempFolder.make();
    await write(folder, schema, rows);
    const file = (await readParquet("arrow", folder.path)).get("a.parquet")!;
    assertEquals(file.rows, [
      { "ä b": "ö", n: 1 },
      { "ä b": "x\ny", n: 2 },
      { "ä b": null, n: 3 },
      { "ä b": null, n: 5 },
      { "ä b": "🎈", n: 6 },
      { "ä b": null, n: null },
    ]);
  },
});
