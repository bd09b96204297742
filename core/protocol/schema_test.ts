import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import { formatControl } from "./control.ts";
import { parseHandshake, parseInputRecord } from "./provider_records.ts";
import { parseOutputRecord } from "./provider_records.ts";
import { anyFields, anyName } from "../sdk/changes/test_support.ts";
import {
  formatSchema,
  MAX_SCHEMA_BYTES,
  parseSchema,
  type TableSchema,
} from "./schema.ts";

const anySchema: fc.Arbitrary<TableSchema> = fc.record({
  table: fc.string({ minLength: 1 }),
  key: fc.array(fc.string()),
  fields: anyFields,
  json_schema: fc.dictionary(anyName, fc.jsonValue()) as fc.Arbitrary<never>,
}, { requiredKeys: ["table", "fields"] });

/** What JSON keeps of a value: no `-0`. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

Deno.test("reading a schema record undoes writing it", () => {
  fc.assert(fc.property(anySchema, (schema) => {
    const raw = formatSchema(schema);
    assertEquals(raw.table, schema.table);
    assertEquals(asJson(parseSchema(raw.record)), asJson(schema));
  }));
});

Deno.test("the CLI passes a schema on as it came, digit by digit", () => {
  const record =
    '{"schema":{"table":"a","fields":[{"name":"n","type":"int64","default":12345678901234567890}],"new":1}}';
  const read = parseInputRecord(record);
  assert.ok(read !== undefined && "schema" in read);
  assertEquals(read.schema.table, "a");
  assertEquals(
    new TextDecoder().decode(formatControl(read)),
    `\x1e${record}\n`,
  );
});

Deno.test("a type of a newer version is `any`, with its name kept", () => {
  const schema = parseSchema(
    '{"schema":{"table":"a","fields":[{"name":"v","type":"vector"}]}}',
  );
  assertEquals(schema.fields, [{ name: "v", type: "any", native: "vector" }]);
});

Deno.test("a schema that makes no sense is refused, naming table and field", async (t) => {
  const long = JSON.stringify("x".repeat(MAX_SCHEMA_BYTES));
  let deep = '{"type":"any"}';
  for (let at = 0; at < 66; at++) deep = `{"type":"list","element":${deep}}`;
  const cases = [
    ["a list", "[]", /not an object/],
    ["no table", '{"fields":[]}', /no `table`/],
    ["an empty table", '{"table":"","fields":[]}', /no `table`/],
    ["no fields", '{"table":"a"}', /"a": it has no fields/],
    [
      "a key of numbers",
      '{"table":"a","key":[1],"fields":[]}',
      /key is no list/,
    ],
    ["a field without a name", '{"table":"a","fields":[{}]}', /no name/],
    [
      "a field without a type",
      '{"table":"a","fields":[{"name":"x"}]}',
      /"x" has no type/,
    ],
    [
      "a field that is there twice",
      '{"table":"a","fields":[{"name":"x","type":"any"},{"name":"x","type":"any"}]}',
      /"x" is there twice/,
    ],
    [
      "a precision that is text",
      '{"table":"a","fields":[{"name":"x","type":"decimal","precision":"9"}]}',
      /"x" has a precision that is no whole number/,
    ],
    [
      "lists in lists without end",
      `{"table":"a","fields":[{"name":"x",${deep.slice(1)}]}`,
      /"x" is nested more than 64 deep/,
    ],
    [
      "more than 4 MiB",
      `{"table":"a","fields":[{"name":"x","type":"any","description":${long}}]}`,
      /4194304 are allowed/,
    ],
  ] as const;
  for (const [what, schema, message] of cases) {
    await t.step(what, () => {
      const error = assertFails(
        () => parseSchema(`{"schema":${schema}}`),
        "protocol.schema_invalid",
      );
      assert.match(error.message, message);
    });
  }
});

Deno.test("an output says how long it may hold back", () => {
  const ready = (hold: string) =>
    parseHandshake(
      `{"status":"ready","protocol":{"version":2,"features":["ack"]},"hold":${hold}}`,
    );
  const hold = { bytes: 134217728, envelopes: 1000000, delay_ms: 300000 };
  assertEquals(ready(JSON.stringify(hold)), {
    status: "ready",
    protocol: { version: 2, features: ["ack"] },
    hold,
  });
  assertEquals(
    (ready('{"bytes":5,"more":"x"}') as { hold: unknown }).hold,
    { bytes: 5 },
  );
  assertFails(() => ready('{"bytes":-1}'), "protocol.handshake_invalid");
});

Deno.test("an output says why it can't go on, as an input does", () => {
  const text = '{"error":{"message":"disk full","path":"config.path"}}';
  const error = { message: "disk full", path: "config.path" };
  assertEquals(parseOutputRecord(text), { error });
  assertEquals(parseInputRecord(text), { error });
});
