import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Json, JsonObject } from "@dstream/sdk";
import { driveInput, readAll, TestContext } from "@dstream/sdk/testing";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { needs } from "../../../tests/support/needs.ts";
import {
  makeBucket,
  stopServer,
  type TestBucket,
} from "../../../tests/support/s3_bucket.ts";
import { configOf, DrivenOutput } from "../../../tests/support/s3_output.ts";
import { ObjectInput } from "../../objects/mod.ts";

const signal = AbortSignal.timeout(300_000);

function test(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({ name, ignore: !needs("versitygw"), fn });
}

async function put(
  bucket: TestBucket,
  key: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await DrivenOutput.storeOf(bucket).upload(key, {
    sizeBytes: bytes.length,
    read: (offset, length) =>
      new Uint8Array(bytes.slice(offset, offset + length)),
  }, { contentType: "text/plain", metadata: {}, signal });
}

async function open(bucket: TestBucket, more: JsonObject = {}) {
  configOf(bucket.config);
  const config = {
    prefix: "",
    suffix: undefined,
    format: undefined,
    onInvalid: "fail",
    table: undefined,
    columns: undefined,
    header: undefined,
    delimiter: undefined,
    quote: '"',
    order: "key",
    follow: false,
    pollInterval: 10,
    onDone: "keep",
    moveTo: undefined,
    retryTimeout: 5000,
    ...more,
  } as unknown as Parameters<typeof ObjectInput.open>[0];
  const store = DrivenOutput.storeOf(bucket);
  return await ObjectInput.open(config, store, "s3", new TestContext());
}

async function dataOf(bucket: TestBucket, more?: JsonObject, resume?: Json) {
  const envelopes = await readAll(await open(bucket, more), resume);
  return envelopes.map(({ data }) => data);
}

test("objects are read in the order of their names, each by what its name says", async () => {
  const bucket = await makeBucket();
  await put(bucket, "in/b.csv", '\ufeffid,name\n1,a\n2,"b,""c"""\n');
  await put(bucket, "in/a.jsonl", '{"n":1.50}\r\n\n[2]\n"last"');
  await put(bucket, "in/c.txt", "one\ntwo\n");
  await put(bucket, "in/d.jsonl.gz", gzipSync('{"n":3}\n'));
  await put(
    bucket,
    "in/e.jsonl.zst",
    new Uint8Array([
      ...zstdCompressSync('{"n":4}\n'),
      ...zstdCompressSync('{"n":5}\n'),
    ]),
  );
  await put(bucket, "other/x.jsonl", "{}\n");
  await put(bucket, "in/f.tsv", "a\tb\nx\ty\n");
  const envelopes = await readAll(await open(bucket, { prefix: "in/" }));
  assertEquals(envelopes.map(({ data }) => data), [
    { n: 1.5 },
    [2],
    "last",
    { id: "1", name: "a" },
    { id: "2", name: 'b,"c"' },
    { line: "one" },
    { line: "two" },
    { n: 3 },
    { n: 4 },
    { n: 5 },
    { a: "x", b: "y" },
  ]);
  assertEquals(envelopes[1].metadata, {
    position: "in/a.jsonl/0000000000000000003",
    source: "s3",
    object: "in/a.jsonl",
    line: 3,
  });
  assertEquals(envelopes[3].metadata.table, "rows");
});

test("what the output wrote the input reads, Parquet with all its types", async () => {
  const bucket = await makeBucket();
  const columns = {
    i: "int64",
    d: "decimal(38,10)",
    s: "string",
    t: "timestamptz",
    l: "timestamp",
    o: "time",
    a: "date",
    u: "uuid",
    f: "float64",
    b: "boolean",
    y: "bytes",
  };
  const row = {
    i: "9223372036854775807",
    d: "-1234567890123456789012345678.0123456789",
    s: "Zoë",
    t: "2026-11-30T08:57:32.123456Z",
    l: "1753-01-01T00:00:00.000001",
    o: "23:59:59.999999",
    a: "2024-02-29",
    u: "123e4567-e89b-12d3-a456-426614174000",
    f: 0.1,
    b: true,
    y: "AAH/",
  };
  const nulls = Object.fromEntries(Object.keys(row).map((key) => [key, null]));
  await using output = await DrivenOutput.open(bucket, {
    format: "parquet",
    columns,
    row_group_rows: 2,
  });
  await output.write({ data: row }, { data: {} }, { data: row });
  await output.flush();
  const input = await open(bucket, { table: "orders" });
  const found = [];
  for await (const batch of driveInput(input)) found.push(batch);
  const [{ schemas: [schema] }] = found;
  const envelopes = found.flatMap((batch) => batch.envelopes);
  assertEquals(envelopes.map(({ data }) => data), [row, nulls, row]);
  const types = schema.fields.map(({ name, type, precision, scale }) => [
    name,
    precision === undefined ? type : `${type}(${precision},${scale})`,
  ]);
  assertEquals(Object.fromEntries(types), columns);
  assertEquals(schema.table, "orders");
});

test("envelopes come back as they were", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { format: "envelopes" });
  const metadata = { table: "orders", operation: "update", position: "7" };
  await output.write({ data: { n: 1 }, metadata });
  await output.flush();
  const envelopes = await readAll(await open(bucket, { format: "envelopes" }));
  assertEquals(envelopes, [{ data: { n: 1 }, metadata }]);
});

test("a run goes on at the object and the row where the one before was stopped", async (t) => {
  const bucket = await makeBucket();
  const lines = (from: number) =>
    Array.from({ length: 2500 }, (_, n) => `${from + n}\n`).join("");
  await put(bucket, "a.jsonl", lines(0));
  await put(bucket, "b.jsonl", lines(10_000));
  const all = await dataOf(bucket);
  assertEquals(all.length, 5000);
  for (const order of ["key", "time"]) {
    await t.step(`by ${order}, after each batch`, async () => {
      const batches = [];
      const first = await open(bucket, { order });
      for await (const batch of driveInput(first)) batches.push(batch);
      let seen: unknown[] = [];
      for (const { envelopes, state } of batches) {
        seen = [...seen, ...envelopes.map(({ data }) => data)];
        const rest = await dataOf(bucket, { order }, state);
        assertEquals([...seen, ...rest].length, 5000);
        assertEquals([...seen, ...rest], all);
      }
    });
  }
});

test("new objects are read as they come, by name or by time", async (t) => {
  for (
    const [order, name] of [["key", "c.jsonl"], ["time", "0.jsonl"]] as const
  ) {
    await t.step(order, async () => {
      const bucket = await makeBucket();
      await put(bucket, "a.jsonl", "1\n");
      const input = await open(bucket, { follow: true, order });
      let looks = 0;
      const context = new TestContext({
        onSleep: async () => {
          if (++looks === 2) await put(bucket, name, "2\n");
          if (looks === 4) context.stop.abort();
        },
      });
      const envelopes = await readAll(input, undefined, context);
      assertEquals(envelopes.map(({ data }) => data), [1, 2]);
    });
  }
});

test("an object is deleted or moved when all in it is delivered, and not before", async (t) => {
  for (const onDone of ["delete", "move"]) {
    await t.step(onDone, async () => {
      const bucket = await makeBucket();
      await put(bucket, "in/a b.jsonl", "1\n");
      const moveTo = onDone === "move" ? "done/" : undefined;
      const input = await open(bucket, {
        prefix: "in/",
        onDone,
        ...(moveTo === undefined ? {} : { moveTo }),
      });
      const keys = async () => [...(await bucket.texts()).keys()];
      let last;
      for await (const batch of driveInput(input)) last = batch;
      assertEquals(await keys(), ["in/a b.jsonl"]);
      await last!.deliver();
      assertEquals(await keys(), onDone === "move" ? ["done/a b.jsonl"] : []);
    });
  }
});

test("a row that is none ends the task, after what is good", async (t) => {
  const cases: [string, string, RegExp][] = [
    ["a.jsonl", "1\n2\nx\n4\n", /a\.jsonl, line 3, is not JSON/],
    ["a.csv", "a,b\n1,2\n1\n", /a\.csv, line 3, has 1 fields, not 2/],
  ];
  for (const [key, content, says] of cases) {
    await t.step(key, async () => {
      const bucket = await makeBucket();
      await put(bucket, key, content);
      const input = await open(bucket);
      const seen: unknown[] = [];
      const error = await assertRejects(async () => {
        for await (const { envelopes } of driveInput(input)) {
          seen.push(...envelopes.map(({ data }) => data));
        }
      }, "file.record_invalid");
      assert.match(error.message, says);
      assertEquals(seen.length, key === "a.csv" ? 1 : 2);
    });
  }
});

test("records and tables are read as the file input reads them", async (t) => {
  const cases: [string, string, JsonObject, unknown[]][] = [
    ["left out", "a.jsonl", { onInvalid: "skip" }, [1, 3]],
    ["columns of the config", "a.csv", {
      columns: ["x", "y"],
      delimiter: ";",
    }, [{ x: "1", y: "2" }]],
    ["a name that says nothing", "a.bin", { format: "lines" }, [{ line: "x" }]],
  ];
  const contents: Record<string, string> = {
    "a.jsonl": "1\nno\n3\n",
    "a.csv": "1;2\n",
    "a.bin": "x\n",
  };
  for (const [name, key, more, expected] of cases) {
    await t.step(name, async () => {
      const bucket = await makeBucket();
      await put(bucket, key, contents[key]);
      assertEquals(await dataOf(bucket, more), expected);
    });
  }
  await t.step("the record itself for the dead letters", async () => {
    const bucket = await makeBucket();
    await put(bucket, "a.jsonl", "no\n");
    const [{ metadata }] = await readAll(
      await open(bucket, { onInvalid: "dead_letter" }),
    );
    const { raw, object, line, position } = metadata;
    assertEquals([raw, object, line], ["no", "a.jsonl", 1]);
    assertEquals(position, "a.jsonl/0000000000000000001");
  });
});

test("a run goes on behind a header, and in the middle of Parquet", async (t) => {
  const bucket = await makeBucket();
  const csv = Array.from({ length: 3000 }, (_, n) => `${n}\n`).join("");
  await put(bucket, "a.csv.gz", gzipSync(`n\n${csv}`));
  await using output = await DrivenOutput.open(bucket, {
    format: "parquet",
    columns: { n: "string" },
    row_group_rows: 1500,
  });
  const rows = Array.from(
    { length: 3000 },
    (_, n) => ({ data: { n: `${n}` } }),
  );
  await output.write(...rows);
  await output.flush();
  const all = await dataOf(bucket);
  assertEquals(all.length, 6000);
  const small = { batchBytes: () => 4096 };
  const context = Object.assign(new TestContext(), small);
  const seen: unknown[] = [];
  const seenAt: number[] = [];
  const input = await open(bucket);
  for await (
    const { envelopes, state } of driveInput(input, undefined, context)
  ) {
    seen.push(...envelopes.map(({ data }) => data));
    seenAt.push(seen.length);
    assertEquals([...seen, ...await dataOf(bucket, {}, state)], all);
  }
  assert.ok(seenAt.some((count) => count > 0 && count < 3000), `${seenAt}`);
  assert.ok(seenAt.some((count) => count > 3000 && count < 6000), `${seenAt}`);
  await t.step(
    "a state of an older version begins the object again",
    async () => {
      const current = { key: "a.csv.gz", etag: "x", rows: 7 };
      assertEquals((await dataOf(bucket, {}, { current })).length, 6000);
    },
  );
});

Deno.test("the server of these tests ends", stopServer);
