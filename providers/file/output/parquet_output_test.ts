import { parseConfig } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { Batcher, type LineBatch } from "../../../core/sdk/serve/batch.ts";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_output.ts";
import { needs } from "../../../tests/support/needs.ts";
import { readParquet } from "../../../tests/support/parquet.ts";
import { config } from "./config.ts";
import { ParquetOutput } from "./parquet_output.ts";

/** Lines with a schema record before them, as the kit hands them over. */
function batchesOf(table: string, from: number, to: number): LineBatch[] {
  const schema = {
    table,
    fields: [{ name: "id", type: "int64" }, { name: "text", type: "string" }],
  };
  const lines = Array.from(
    { length: to - from + 1 },
    (_, index) =>
      JSON.stringify({
        data: { id: from + index, text: `row ${from + index}` },
        metadata: { table },
      }),
  );
  const text = `\x1e${JSON.stringify({ schema })}\n${lines.join("\n")}\n`;
  const batcher = new Batcher({ maxBytes: Infinity, maxEnvelopes: 100_000 });
  const batches: LineBatch[] = [];
  for (const piece of batcher.cut(new TextEncoder().encode(text))) {
    if (piece.kind === "batch") batches.push(piece.batch);
  }
  return batches;
}

async function open(path: string, more: object, context: TestContext) {
  const { values, problems } = parseConfig(config, { path, ...more });
  if (values === undefined) throw new Error(JSON.stringify(problems));
  return await ParquetOutput.open(values, context);
}

Deno.test({
  name:
    "3.6.25 a Parquet file has its name when it is whole, and is acknowledged then",
  ignore: !needs("parquet"),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(
        `${folder}/a-000007.parquet.part`,
        "half a file",
      );
      const settled: number[] = [];
      const context = Object.assign(new TestContext(), {
        settled: (seq: number) => void settled.push(seq),
      });
      const output = await open(`${folder}/a-{seq}.parquet`, {}, context);
      for (const batch of batchesOf("t", 1, 500)) {
        await output.write(batch, context as never);
      }
      const names = () =>
        [...Deno.readDirSync(folder)].map(({ name }) => name)
          .filter((name) => !name.startsWith(".")).sort();
      assertEquals(names(), ["a-000001.parquet.part"]);
      assertEquals(settled, [0]);
      await output.end();
      await output.close();
      assertEquals(names(), ["a-000001.parquet"]);
      assertEquals(settled.at(-1), 500);
      const files = await readParquet("arrow", folder);
      const { rows, schema } = files.get("a-000001.parquet")!;
      assertEquals(rows.length, 500);
      assertEquals(rows[499], { id: 500, text: "row 500" });
      assertEquals(schema, { id: "int64", text: "string" });
    }),
});

Deno.test("what isn't finished when a run breaks off is removed, and acknowledged never", () =>
  inFolder(async (folder) => {
    const settled: number[] = [];
    const context = Object.assign(new TestContext(), {
      settled: (seq: number) => void settled.push(seq),
    });
    const output = await open(`${folder}/a-{seq}.parquet`, {}, context);
    for (const batch of batchesOf("t", 1, 10)) {
      await output.write(batch, context as never);
    }
    await output.close();
    assertEquals([...Deno.readDirSync(folder)], []);
    assert(settled.every((seq) => seq === 0));
  }));
