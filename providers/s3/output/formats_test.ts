import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { needs } from "../../../tests/support/needs.ts";
import { readParquet } from "../../../tests/support/parquet.ts";
import {
  makeBucket,
  stopServer,
  type TestBucket,
} from "../../../tests/support/s3_bucket.ts";
import { DrivenOutput, until } from "../../../tests/support/s3_output.ts";
import type { TableSchema } from "@dstream/sdk/changes";
import { assertRejects } from "../../../tests/support/assert.ts";

const ignore = !(needs("versitygw") && needs("parquet"));

function test(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({ name, ignore, fn });
}

function schemaLine(schema: TableSchema): string {
  return `\x1e${JSON.stringify({ schema })}\n`;
}

let place = 0;

function line(data: unknown, table = "orders"): string {
  const position = String(++place).padStart(8, "0");
  const metadata = { table, operation: "insert", position };
  return `${JSON.stringify({ data, metadata })}\n`;
}

async function filesOf(bucket: TestBucket) {
  const files = await readParquet(
    "arrow",
    `${bucket.server.bucketsFolder}/${bucket.name}`,
  );
  return [...files.values()];
}

const ORDERS: TableSchema = {
  table: "orders",
  key: ["id"],
  fields: [
    { name: "id", type: "int64" },
    { name: "country", type: "string" },
    { name: "total", type: "decimal", precision: 19, scale: 4 },
  ],
};

test("3.6.13 the schema of Parquet comes from the input", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { format: "parquet" });
  await output.writeText(
    schemaLine(ORDERS) + line({ id: 1, country: "de", total: "1.5" }),
  );
  await output.flush();
  const [file] = await filesOf(bucket);
  assertEquals(file.schema, {
    id: "int64",
    country: "string",
    total: "decimal128(19, 4)",
  });
  assertEquals(file.rows, [{ id: 1, country: "de", total: "1.5000" }]);
});

test("3.6.13 the schema of Parquet comes from the config", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    format: "parquet",
    columns: { total: "decimal(9,2)", at: "timestamptz" },
  });
  await output.writeText(
    line({ total: 1.5, at: "2026-01-01T00:00:00Z", more: 1 }),
  );
  await output.flush();
  const [file] = await filesOf(bucket);
  assertEquals(file.schema, {
    total: "decimal128(9, 2)",
    at: "timestamp[us, tz=UTC]",
  });
});

test("3.6.13 without a schema the task ends with a word on what to do", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { format: "parquet" });
  const error = await assertRejects(
    () => output.writeText(line({ id: 1 })),
    "objects.schema_missing",
  );
  assert.match(error.hint!, /columns = .*infer_columns = true/);
});

test("3.6.14 a column of nothing but nulls is left out until a value comes", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    format: "parquet",
    infer_columns: true,
    row_group_rows: 3,
  });
  await output.writeText(
    line({ a: 1, b: null, c: 1 }) + line({ a: 2, b: null, c: 1.5 }) +
      line({ a: 3, c: 2, d: { x: [1] } }),
  );
  await output.writeText(line({ a: 4, b: "now", c: 3 }));
  await output.flush();
  const [first, second] = await filesOf(bucket);
  assertEquals(first.schema, { a: "int64", c: "double", d: "string" });
  assertEquals(first.rows, [
    { a: 1, c: 1, d: null },
    { a: 2, c: 1.5, d: null },
    { a: 3, c: 2, d: '{"x":[1]}' },
  ]);
  assertEquals(second.schema, { ...first.schema, b: "string" });
  assertEquals(second.rows, [{ a: 4, b: "now", c: 3, d: null }]);
});

test("3.6.15 another schema closes the file", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { format: "parquet" });
  const wider = {
    ...ORDERS,
    fields: [...ORDERS.fields, { name: "note", type: "string" } as const],
  };
  const row = { id: 1, country: "de", total: "1" };
  await output.writeText(schemaLine(ORDERS) + line(row));
  // The same once more, as an input that was started again says it.
  await output.writeText(schemaLine(ORDERS) + line(row));
  await output.writeText(schemaLine(wider) + line({ ...row, note: "new" }));
  await until(() => output.settledTo === 2, "the first file is stored");
  await output.flush();
  const files = await filesOf(bucket);
  assertEquals(files.map(({ rows }) => rows.length), [2, 1]);
  assertEquals(files[1].rows[0].note, "new");
});

test("3.6.8 columns that are folders are left out of the file, unless asked", async (t) => {
  for (const keep of [false, true]) {
    await t.step(`keep_partition_columns = ${keep}`, async () => {
      const bucket = await makeBucket();
      await using output = await DrivenOutput.open(bucket, {
        format: "parquet",
        prefix: "country={data.country}/",
        keep_partition_columns: keep,
      });
      await output.writeText(
        schemaLine(ORDERS) + line({ id: 1, country: "de", total: "1" }) +
          line({ id: 2, country: "fr/x", total: "1" }),
      );
      await output.flush();
      const keys = [...(await bucket.objects()).keys()];
      assertEquals(keys.map((key) => key.split("/")[0]), [
        "country=de",
        "country=fr%2Fx",
      ]);
      const [file] = await filesOf(bucket);
      assertEquals("country" in file.schema, keep);
    });
  }
});

test("3.6.19 a wrong value rejects its own envelope, and the rest is stored", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { format: "parquet" });
  const batch = await output.writeText(
    schemaLine(ORDERS) + line({ id: 1, country: "de", total: "1" }) +
      line({ id: "x", country: "de", total: "1" }) +
      line({ id: 3, country: "de", total: "1" }),
  );
  await output.flush();
  assertEquals([...batch.rejections.values()].map(({ seq }) => seq), [2]);
  const [file] = await filesOf(bucket);
  assertEquals(file.rows.map(({ id }) => id), [1, 3]);
});

test("3.6.6 with many folders the rows that wait for their group stay within bounds", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    format: "parquet",
    prefix: "{data.country}/",
  });
  const filler = "x".repeat(200_000);
  let text = schemaLine({
    table: "orders",
    fields: [
      { name: "country", type: "string" },
      { name: "filler", type: "string" },
    ],
  });
  for (let n = 0; n < 400; n++) {
    text += line({ country: `c${n % 20}`, filler: filler + n });
    if (n % 5 !== 4) continue;
    await output.writeText(text);
    text = "";
  }
  await output.flush();
  const files = await filesOf(bucket);
  assertEquals(files.map(({ rows }) => rows.length), Array(20).fill(20));
  assert(files.some(({ groups }) => groups! > 1), "none was written early");
});

test("csv has the columns of the schema, each file with its header", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    format: "csv",
    max_rows: 2,
    compression: "gzip",
  });
  await output.writeText(
    schemaLine(ORDERS) + line({ country: "de", id: 1, total: "1.50" }) +
      line({ id: 2 }) + line({ id: 3, country: 'a"b', total: null }),
  );
  await output.flush();
  assertEquals([...(await bucket.texts()).values()], [
    "id,country,total\n1,de,1.50\n2,,\n",
    'id,country,total\n3,"a""b",\n',
  ]);
});

Deno.test("the server of these tests ends", stopServer);
