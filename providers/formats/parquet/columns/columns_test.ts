import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { batchOf } from "../../../../tests/support/file_output.ts";
import { needs } from "../../../../tests/support/needs.ts";
import {
  readParquet,
  statisticsOf,
} from "../../../../tests/support/parquet.ts";
import { randomFrom } from "../../../../tests/support/random.ts";
import { TempFolder } from "../../../../tests/support/temp_folder.ts";
import type { FieldType } from "@dstream/sdk/changes";
import { columnTypeOf, WrongValue } from "../column_type.ts";
import { ParquetFile } from "../parquet_file.ts";
import { parseExact } from "../row.ts";
import { RowReader } from "../row_reader.ts";
import { NestedStore } from "./nested_store.ts";
import { type Store, storeFor } from "./stores.ts";

const TYPES: readonly FieldType[] = [
  { type: "boolean" },
  { type: "int8" },
  { type: "uint32" },
  { type: "int64" },
  { type: "uint64" },
  { type: "float32" },
  { type: "float64" },
  { type: "decimal", precision: 5, scale: 2 },
  { type: "decimal", precision: 18, scale: 0 },
  { type: "decimal", precision: 30, scale: 6 },
  { type: "decimal", precision: 38, scale: 4 },
  { type: "string" },
  { type: "json" },
  { type: "date" },
  { type: "timestamp" },
  { type: "timestamptz" },
  { type: "uuid" },
];

/** Of every form that a scanner knows, and near it. */
const TEXTS: readonly string[] = [
  "0",
  "-0",
  "7",
  "-128",
  "127",
  "128",
  "4294967295",
  "4294967296",
  "123456789012345",
  "1234567890123456",
  "-9223372036854775808",
  "1e3",
  "1.5",
  "-0.25",
  "0.1",
  "123456.789012345",
  "0.30000000000000004",
  '"12.50"',
  '"-0.01"',
  '".5"',
  '"5."',
  '"."',
  '""',
  '"-"',
  '"1e2"',
  '"00012.5"',
  '"999.99"',
  '"1000.00"',
  '"1.230"',
  '"+1.5"',
  "true",
  "false",
  "[]",
  "{}",
  '{"a":[1,2]}',
  '"a\\"b"',
  '"Zoë 🎈"',
  `"${"x".repeat(64)}"`,
  `"${"x".repeat(63)}\\n"`,
  `"${"y".repeat(200)}"`,
  '"2024-02-29"',
  '"2023-02-29"',
  '"2024-04-30"',
  '"2024-04-31"',
  '"1969-12-31"',
  '"0001-01-01"',
  '"9999-12-31"',
  '"2024-00-10"',
  '"2024-02-28T23:59:59Z"',
  '"2024-02-28 23:59:59"',
  '"2024-02-28T24:00"',
  '"2024-02-28T23:59:59.1234567Z"',
  '"2024-02-28T23:59:59.12+02:00"',
  '"1960-01-01T00:00:00.000001-0330"',
  '"2024-02-28T23:59:59.1+05"',
  '"2024-02-28T23:59:60Z"',
  '"2024-02-28t23:59:59z"',
  '"2300-01-01T00:00:00Z"',
  '"2024-02-28T23:59:59.Z"',
  '"2024-02-28T23:59:59+2:00"',
  '"123e4567-e89b-12d3-a456-426614174000"',
  '"123E4567-E89B-12D3-A456-42661417400F"',
  '"123e4567-e89b-12d3-a456-42661417400g"',
  '"123e4567ae89b-12d3-a456-426614174000"',
];
const LETTERS = '0123456789-+.eETZ: "\\tf';
const MUTANTS = 3000;

Deno.test("a value that a scanner takes is the one that JSON has, or it takes none", async (t) => {
  const random = randomFrom(7);
  const texts = [...TEXTS];
  while (texts.length < MUTANTS) {
    const text = mutant(TEXTS[Math.floor(random() * TEXTS.length)], random);
    if (isJson(text) && text !== "null") texts.push(text);
  }
  for (const field of TYPES) {
    await t.step(JSON.stringify(field), () => {
      const type = columnTypeOf(field, { secondDigits: 6, nested: "structs" });
      const store = storeFor(type.elements("c"));
      const other = storeFor(type.elements("c"));
      const scan = type.scan!(store)!;
      let taken = 0;
      for (const text of texts) {
        const bytes = new TextEncoder().encode(text);
        store.beginRow(0);
        if (!scan(bytes, 0, bytes.length, 0)) continue;
        taken++;
        other.beginRow(0);
        other.put(0, convert(() => type.convert(parseExact(text)), text));
        // JSON is kept as it is written.
        if (field.type === "json") continue;
        assertEquals(bytesIn(store), bytesIn(other), text);
      }
      assert(taken > 0);
    });
  }
});

function convert<T>(work: () => T, text: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw new Error(`${text} was taken, but ${error.message}`);
  }
}

function bytesIn(store: Store): string {
  assert(!(store instanceof NestedStore));
  return store.plain(0, 1).toString();
}

function mutant(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const letter = LETTERS[Math.floor(random() * LETTERS.length)];
  const end = at + Math.floor(random() * 2);
  return text.slice(0, at) + letter + text.slice(end);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name:
    "pages, dictionaries, nulls and bounds are what pyarrow and DuckDB read",
  ignore: !needs("parquet"),
  async fn() {
    await using folder = await TempFolder.make();
    const random = randomFrom(3);
    const rows = Array.from({ length: 9000 }, (_, id) => ({
      id,
      country: ["de", "fr", "", "日本", null][Math.floor(random() * 5)],
      kind: id < 4500 ? "first half" : "second half",
      text: `${id} ${"long ".repeat(Math.floor(random() * 60))}`,
      size: random() < 0.3 ? null : Math.floor(random() * 100) - 50,
      much: Math.floor(random() * 7) * 1e12 - 3e12,
      ratio: random() < 0.5 ? 0.5 : random() - 0.5,
      good: random() < 0.1 ? null : random() < 0.9,
      nothing: null,
    }));
    await writeRows(folder, rows);
    const files = await readParquet("arrow", folder.path);
    assertEquals(files.get("a.parquet")!.rows, rows);
    const again = await readParquet("duckdb", folder.path);
    assertEquals(again.get("a.parquet")!.rows, rows);
    const told = await statisticsOf(folder.path);
    for (const name of ["id", "country", "size", "much", "ratio"]) {
      const values = rows.map((row) => row[name as keyof typeof row])
        .filter((value) => value !== null);
      const { least, most, nulls } = told[name];
      assertEquals(
        [least, most],
        boundsOf(values as (string | number)[]),
        name,
      );
      assertEquals(nulls, rows.length - values.length, name);
    }
    const [least, most] = boundsOf(rows.map(({ text }) => text));
    // Long bounds are cut: to what is less, and to what is more.
    assert(String(told.text.least) <= least && String(told.text.most) >= most);
    assertEquals(told.nothing, {
      least: null,
      most: null,
      nulls: 9000,
      dictionary: false,
    });
    const repeated = Object.keys(told).filter((name) => told[name].dictionary);
    assertEquals(repeated, ["country", "kind", "size", "much"]);
  },
});

function boundsOf(values: (string | number)[]): (string | number)[] {
  const compare = (a: string | number, b: string | number) =>
    a < b ? -1 : a > b ? 1 : 0;
  const sorted = values.toSorted(compare);
  return [sorted[0], sorted.at(-1)!];
}

async function writeRows(
  folder: TempFolder,
  rows: readonly object[],
): Promise<void> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const schema = {
    table: "t",
    fields: [
      { name: "id", type: "int64" },
      { name: "country", type: "string" },
      { name: "kind", type: "string" },
      { name: "text", type: "string" },
      { name: "size", type: "int8" },
      { name: "much", type: "int64" },
      { name: "ratio", type: "float64" },
      { name: "good", type: "boolean" },
      { name: "nothing", type: "int32" },
    ] as const,
  };
  const file = new ParquetFile(
    schema,
    {
      compression: "zstd",
      secondDigits: 6,
      nested: "structs",
      groupRows: 1_000_000,
      without: [],
      metadataColumns: [],
    },
    new RowReader(8_000_000),
    (bytes) => pieces.push(bytes.slice()),
  );
  const batch = batchOf(
    rows.map((data) => `${JSON.stringify({ data, metadata: {} })}\n`).join(""),
  );
  await file.append(batch, 0, batch.count);
  await file.finish();
  const bytes = await new Blob(pieces).arrayBuffer();
  await Deno.writeFile(folder.join("a.parquet"), new Uint8Array(bytes));
}
