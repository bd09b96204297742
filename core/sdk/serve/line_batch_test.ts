import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { OPERATIONS, readChange, readHead } from "../changes/mod.ts";
import { Batcher } from "./batch.ts";
import type { LineBatch } from "./batch.ts";

const BOUNDS = { maxBytes: 1 << 20, maxEnvelopes: 10_000 };
const encoder = new TextEncoder();

/** Enough lines that all are looked at at once. */
const FILLER = `{"data":{"x":"${"y".repeat(200)}"},"metadata":{}}`;
const FILLERS = 100;

function batchOf(lines: readonly string[]): LineBatch {
  const fillers = Array.from({ length: FILLERS }, () => FILLER);
  const bytes = encoder.encode([...fillers, ...lines, ""].join("\n"));
  const [piece] = new Batcher(BOUNDS).cut(bytes);
  assert.ok(piece.kind === "batch");
  return piece.batch;
}

const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }));
const json = fc.jsonValue() as fc.Arbitrary<never>;
const metadata = fc.record({
  lsn: json,
  table: fc.oneof(text, json),
  operation: fc.oneof(fc.constantFrom(...OPERATIONS), text),
  before: json,
  key: fc.oneof(fc.array(text), json),
  position: fc.oneof(text, json),
  more: json,
}, { requiredKeys: [] });
const envelope = fc.record({ data: json, metadata });

Deno.test("what is found in bytes is what parsing finds", () => {
  fc.assert(
    fc.property(fc.array(envelope, { minLength: 1 }), (envelopes) => {
      const lines = envelopes.map((each) => JSON.stringify(each));
      const batch = batchOf(lines);
      lines.forEach((line, i) => {
        const index = FILLERS + i;
        const parsed = JSON.parse(line);
        assertEquals(batch.dataText(index), JSON.stringify(parsed.data));
        assertEquals(
          batch.metadataText(index),
          JSON.stringify(parsed.metadata),
        );
        assertEquals(batch.metadata(index), parsed.metadata);
        assertEquals(batch.envelope(index), parsed);
        const { form, table, operation, key, position } = readChange(parsed);
        const head = { form, table, operation, key, position };
        assertEquals(readHead(batch, index) as object, head);
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("a record that names its table is told from others' changes", async (t) => {
  const debezium = { op: "c", after: { id: 1 }, source: { table: "there" } };
  const escaped = JSON.stringify(debezium).replace('"op"', '"\\u006fp"');
  const ours = { table: "here", key: ["id"], position: "7" };
  const theirs = { ...ours, TableName: "there", OperationType: "Insert" };
  const cases: readonly (readonly [string, string, object])[] = [
    ["a record", '{"id":1}', ours],
    ["a record with a column op", '{"op":"c","id":1}', ours],
    ["Debezium's", JSON.stringify(debezium), ours],
    ["Debezium's, with an escape", escaped, ours],
    ["upstream's", '{"id":1}', theirs],
    ["one without a table", '{"id":1}', { table: "" }],
  ];
  for (const [what, data, metadata] of cases) {
    await t.step(what, () => {
      const line = `{"data":${data},"metadata":${JSON.stringify(metadata)}}`;
      const { form, table, operation, key, position } = readChange(
        JSON.parse(line),
      );
      const head = { form, table, operation, key, position };
      assertEquals(readHead(batchOf([line]), FILLERS) as object, head);
    });
  }
});

Deno.test("lines of any shape are read, among many of the usual one", async (t) => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["blanks", ' {"data":1,"metadata":{}}'.trim(), "1"],
    ["blanks inside", '{ "data" : 1 , "metadata" : { } }\r', "1"],
    ["metadata first", '{"metadata":{},"data":2}', "2"],
    ["no metadata", '{"data":3}', "3"],
    ["upstream's capitals", '{"Data":4,"Metadata":{}}', "4"],
    ["a key more", '{"data":5,"metadata":{},"x":1}', "5"],
    ["no data", '{"metadata":{}}', undefined],
    ["no JSON", "{data}", undefined],
    ["metadata that is a list", '{"data":6,"metadata":[]}', undefined],
  ];
  for (const [what, line, data] of cases) {
    await t.step(what, () => {
      const batch = batchOf([line, FILLER]);
      assertEquals(batch.dataText(FILLERS), data);
      assertEquals(batch.envelope(FILLERS) === undefined, data === undefined);
      assertEquals(readHead(batch, FILLERS) === undefined, data === undefined);
      assertEquals(batch.rejections.size, data === undefined ? 1 : 0);
      assertEquals(batch.dataText(FILLERS + 1), `{"x":"${"y".repeat(200)}"}`);
    });
  }
});

Deno.test("a line that is no UTF-8 is rejected, the others are read", () => {
  const lines = Array.from({ length: FILLERS }, () => FILLER).join("\n");
  const bytes = encoder.encode(`{"data":"?","metadata":{}}\n${lines}\n`);
  bytes[9] = 0xff;
  const [piece] = new Batcher(BOUNDS).cut(bytes);
  assert.ok(piece.kind === "batch");
  assertEquals(piece.batch.dataText(0), undefined);
  assertEquals([...piece.batch.rejections.keys()], [1]);
  assert.ok(piece.batch.dataText(1));
});

function schemaLine(table: string, ...fields: string[]): string {
  const all = fields.map((name) => ({ name, type: "any" }));
  return `\x1e${JSON.stringify({ schema: { table, fields: all } })}\n`;
}

function fieldsOf(batch: LineBatch, index: number): string | undefined {
  return batch.schemaOf(index)?.fields.map(({ name }) => name).join();
}

Deno.test("every line has the schema that was told before it", () => {
  const line = (table: string) =>
    `{"data":1,"metadata":{"table":"${table}"}}\n`;
  const stream = line("a") + schemaLine("a", "x") + schemaLine("b", "y") +
    line("a") + line("b") + line("c") + schemaLine("a", "x", "z") + line("a") +
    '{"data":1,"metadata":{"TableName":"b"}}\n';
  const found: (string | undefined)[] = [];
  const batcher = new Batcher(BOUNDS);
  const batches: LineBatch[] = [];
  for (const piece of batcher.cut(encoder.encode(stream))) {
    assert.ok(piece.kind === "batch");
    const { batch } = piece;
    batches.push(batch);
    for (let i = 0; i < batch.count; i++) found.push(fieldsOf(batch, i));
  }
  assertEquals(found, [undefined, "x", "y", undefined, "x,z", "y"]);
  assertEquals(batcher.position, 6);
  assertEquals([...batches[1].schemas.keys()], ["a", "b"]);
});
