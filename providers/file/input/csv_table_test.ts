import type { InputBatch, JsonObject } from "@dstream/sdk";
import { readChange, type TableSchema } from "@dstream/sdk/changes";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  inFolder,
  openInput,
  TestContext,
} from "../../../tests/support/file_input.ts";
import { FittingSchemas } from "@dstream/sdk/changes";
import { check, config as fields, isTable } from "./config.ts";
import { parseConfig } from "@dstream/sdk";

/** Tables of the lines, and schemas before them, in their order. */
async function told(
  files: Record<string, string>,
  config: JsonObject = {},
): Promise<(string | TableSchema | undefined)[]> {
  return await inFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/[/][^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    const names = Object.keys(files);
    const path = names.length > 1 ? "**/*.csv" : names[0];
    const input = await openInput({ path: `${folder}/${path}`, ...config });
    const seen: (string | TableSchema | undefined)[] = [];
    for await (const batch of input.read(undefined, new TestContext())) {
      seen.push(...[batch.schema ?? []].flat(), ...tablesOf(batch));
    }
    return seen;
  });
}

function tablesOf({ lines }: InputBatch): (string | undefined)[] {
  const text = new TextDecoder().decode(lines);
  return text.split("\n").slice(0, -1)
    .map((line) => readChange(JSON.parse(line)).table);
}

function schema(table: string, ...names: string[]): TableSchema {
  return { table, fields: names.map((name) => ({ name, type: "string" })) };
}

Deno.test("a file with columns is a table, told before its rows", async (t) => {
  const csv = "id,name\n1,a\n2,b\n";
  const cases: [string, Record<string, string>, JsonObject, unknown[]][] = [
    ["by the file's name", { "orders.csv": csv }, {}, [
      schema("orders", "id", "name"),
      "orders",
      "orders",
    ]],
    ["by its name in a folder", { "a.b/my.orders.tsv": "id\n1\n" }, {}, [
      schema("my.orders", "id"),
      "my.orders",
    ]],
    ["as the config says", { "2024-01.csv": csv }, { table: "orders" }, [
      schema("orders", "id", "name"),
      "orders",
      "orders",
    ]],
    ["with columns of the config", { "orders.csv": "1,a\n" }, {
      columns: ["n", "text"],
    }, [schema("orders", "n", "text"), "orders"]],
    ["each of several files", { "a.csv": "x\n1\n", "b.csv": "y\n2\n" }, {}, [
      schema("a", "x"),
      "a",
      schema("b", "y"),
      "b",
    ]],
    ["no table of JSON Lines", { "a.jsonl": "1\n" }, {}, [undefined]],
  ];
  for (const [name, files, config, expected] of cases) {
    await t.step(name, async () => {
      const seen = await told(files, config);
      // The kit writes one that was told already no second time.
      const news = seen.filter((each, index) =>
        typeof each !== "object" ||
        seen.findIndex((other) => other === each) === index
      );
      assertEquals(news, expected as never);
    });
  }
});

Deno.test("a resumed file tells its schema again", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await Deno.writeTextFile(path, "x\n1\n");
    const first = await openInput({
      path,
      follow: true,
      poll_interval: "10ms",
    });
    const context = new TestContext();
    let state;
    for await (const batch of first.read(undefined, context)) {
      state = batch.state ?? state;
      if (batch.lines !== undefined) context.stop.abort();
    }
    await Deno.writeTextFile(path, "2\n", { append: true });
    const second = await openInput({ path });
    const schemas: unknown[] = [];
    for await (const batch of second.read(state, new TestContext())) {
      if (batch.lines !== undefined) schemas.push(batch.schema);
    }
    assertEquals(schemas, [schema("a", "x")]);
  });
});

Deno.test("a schema that a stream has no room for is left out and spoken of", () => {
  const { log, warnings } = logOf();
  const schemas = new FittingSchemas(log, "less");
  const wide = schema(
    "wide",
    ...Array.from({ length: 40_000 }, (_, i) => `c${i}`),
  );
  assertEquals(schemas.fitting(wide), undefined);
  const small = schema("small", "a");
  assertEquals(schemas.fitting(small), small);
  for (let i = 0; i < 6000; i++) schemas.fitting(schema(`t${i}`, "a"));
  assertEquals(schemas.fitting(schema("more", "a")), undefined);
  assertEquals(schemas.fitting(small), small);
  assertEquals(warnings.length, 1);
});

function logOf() {
  const warnings: string[] = [];
  const none = () => {};
  const warn = (message: string) => void warnings.push(message);
  return { warnings, log: { debug: none, info: none, warn, error: none } };
}

Deno.test("table is a key of files with columns alone", () => {
  const problemsOf = (path: string) => {
    const { values } = parseConfig(fields, { path, table: "t" });
    return [...check(values!)].map(({ message }) => message);
  };
  assertEquals(problemsOf("a.csv"), []);
  assertEquals(problemsOf("a.jsonl"), [
    "table is for csv, tsv and parquet, not for jsonl",
  ]);
});

Deno.test("the feature schema is used where there are columns", () => {
  const used = (path: string) => {
    const { values } = parseConfig(fields, { path });
    return isTable(values!);
  };
  assert.ok(used("a.csv.gz"));
  assert.ok(!used("a.jsonl"));
});
