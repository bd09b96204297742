import type { Json } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  batchesOf,
  inFolder,
  linesOf,
  openInput,
  TestContext,
} from "../../../tests/support/file_input.ts";
import { needs } from "../../../tests/support/needs.ts";
import { pythonOf } from "../../../scripts/setup/folders.ts";

/** Files as pyarrow writes them, which nobody here wrote. */
async function byArrow(folder: string, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(pythonOf("parquet"), {
    args: ["-c", `import pyarrow as pa, pyarrow.parquet as pq\n${script}`],
    cwd: folder,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name, ignore: !needs("parquet"), fn });
}

test("a Parquet file is read with its types, its table and its rows' numbers", async () => {
  await inFolder(async (folder) => {
    await byArrow(
      folder,
      `
import decimal, datetime
pq.write_table(pa.table({
  "id": pa.array([9007199254740993, None], pa.int64()),
  "total": pa.array([decimal.Decimal("-12.50"), None], pa.decimal128(12, 2)),
  "at": pa.array([datetime.datetime(2026, 11, 30, 1, 2, 3, 456789), None],
    pa.timestamp("us", tz="UTC")),
  "tags": pa.array([["a", "b"], None], pa.list_(pa.string())),
}), "orders.parquet")`,
    );
    const input = await openInput({ path: `${folder}/orders.parquet` });
    const batches = [];
    for await (const batch of input.read(undefined, new TestContext())) {
      batches.push(batch);
    }
    const { schema, lines } = batches[0];
    const [first, second] = new TextDecoder().decode(lines).split("\n");
    assert.match(first, /"id":"?9007199254740993"?,/);
    const { data, metadata } = JSON.parse(first);
    assertEquals(data.total, "-12.50");
    assertEquals(data.at, "2026-11-30T01:02:03.456789Z");
    assertEquals(data.tags, ["a", "b"]);
    assertEquals(metadata, {
      table: "orders",
      file: `${folder}/orders.parquet`,
      row: 1,
    });
    assertEquals(Object.values(JSON.parse(second).data), [
      null,
      null,
      null,
      null,
    ]);
    const { fields } = schema as TableSchema;
    assertEquals(
      fields.map(({ name, type }) => `${name} ${type}`),
      ["id int64", "total decimal", "at timestamptz", "tags json"],
    );
  });
});

test("every compression that pyarrow has by itself is read, but LZ4", async (t) => {
  const numbers = Array.from({ length: 3000 }, (_, n) => n);
  await inFolder(async (folder) => {
    await byArrow(
      folder,
      `
for codec in ["snappy", "gzip", "zstd", "brotli", "none", "lz4"]:
  pq.write_table(pa.table({"n": list(range(3000))}), f"{codec}.parquet",
    compression=codec, row_group_size=1700)`,
    );
    for (const codec of ["snappy", "gzip", "zstd", "brotli", "none"]) {
      await t.step(codec, async () => {
        const lines = await linesOf({ path: `${folder}/${codec}.parquet` });
        const found = lines.map((line) => JSON.parse(line).data.n);
        assertEquals(found, numbers);
      });
    }
    await t.step("lz4 is told", async () => {
      const error = await assertRejects(
        () => linesOf({ path: `${folder}/lz4.parquet` }),
        "file.parquet_damaged",
      );
      assert.match(error.message, /lz4\.parquet" as Parquet: .*LZ4/);
    });
  });
});

test("a run goes on at the row where the one before was stopped", async () => {
  await inFolder(async (folder) => {
    await byArrow(
      folder,
      `
for name in "ab":
  pq.write_table(pa.table({"n": [f"{name}{i}" for i in range(2500)]}),
    f"{name}.parquet", row_group_size=1200)`,
    );
    const path = `${folder}/*.parquet`;
    const all = await linesOf({ path });
    assertEquals(all.length, 5000);
    const seen: string[] = [];
    const input = await openInput({ path });
    let states = 0;
    for await (const { lines, state } of batchesOf(input)) {
      seen.push(...lines);
      if (state === undefined) continue;
      states++;
      assertEquals([...seen, ...await linesOf({ path }, state)], all);
    }
    assert.ok(states >= 2, String(states));
  });
});

test("a file that has become another one is read from its begin", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.parquet`;
    const write = (text: string) =>
      byArrow(
        folder,
        `pq.write_table(pa.table({"n": ["${text}"] * 3}), "t.parquet")`,
      );
    await write("old");
    let last: Json | undefined;
    for await (const { state } of batchesOf(await openInput({ path }))) {
      last = state ?? last;
    }
    assertEquals(await linesOf({ path }, last), []);
    await write("new");
    assertEquals((await linesOf({ path }, last)).length, 3);
  });
});

Deno.test("what is no Parquet is told with the file's name", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.parquet`;
    await Deno.writeTextFile(path, "no such thing");
    await assertRejects(() => linesOf({ path }), "file.parquet_damaged");
  });
});

Deno.test("a Parquet file can't be followed", async () => {
  await assert.rejects(
    () => openInput({ path: "a.parquet", follow: true }),
    /a Parquet file can't be read while it grows/,
  );
});
