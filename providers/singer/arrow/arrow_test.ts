import { assert } from "../../../tests/support/assert.ts";
import { messagesOf } from "./from_arrow.ts";
import { toArrow } from "./to_arrow.ts";

const schema = (stream: string, properties: object) => ({
  type: "SCHEMA",
  stream,
  schema: { type: "object", properties },
  key_properties: ["id"],
});
const ID = { id: { type: ["integer", "null"] } };
const line = (message: unknown) =>
  typeof message === "string" ? message : JSON.stringify(message);
const record = (stream: string, values: string) =>
  `{"type":"RECORD","stream":"${stream}","record":${values}}`;

async function arrowOf(messages: readonly unknown[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const text = messages.map((each) => `${line(each)}\n`).join("");
  await toArrow(
    new Response(text).body!,
    (bytes) => Promise.resolve(void parts.push(bytes.slice())),
  );
  return await new Blob(parts as BlobPart[]).bytes();
}

async function thereAndBack(messages: readonly unknown[]): Promise<string[]> {
  const bytes = await arrowOf(messages);
  const body = new Response(bytes as BodyInit).body!;
  return await Array.fromAsync(messagesOf(body, "file"));
}

/** Messages, and those that come back where they are others. */
const CASES: Readonly<
  Record<string, readonly (readonly unknown[])[]>
> = {
  "each type": [[
    schema("u", {
      ...ID,
      name: { type: "string" },
      x: { type: "number" },
      is: { type: ["null", "boolean"] },
      more: { type: "object" },
      list: { type: "array" },
    }),
    record(
      "u",
      '{"id":1,"name":"Zoë \\"","x":1.5,"is":true,"more":{"a":[1]},"list":[]}',
    ),
    record("u", '{"id":-2,"name":"","x":-0.1,"is":false,"more":{},"list":[1]}'),
  ]],
  "null, and what is left out is null": [
    [schema("u", { ...ID, s: { type: "string" } }), record("u", '{"id":1}')],
    [
      schema("u", { ...ID, s: { type: "string" } }),
      record("u", '{"id":1,"s":null}'),
    ],
  ],
  "integers up to 64 bits and beyond": [[
    schema("u", ID),
    record("u", '{"id":9223372036854775807}'),
    record("u", '{"id":-9223372036854775808}'),
    record("u", '{"id":123456789012345678901234567890}'),
  ]],
  "numbers with more digits than a double has": [[
    schema("u", { x: { type: "number" } }),
    record("u", '{"x":123456789.12345678901}'),
    record("u", '{"x":1}'),
  ]],
  "a value of another type than the schema says": [[
    schema("u", ID),
    record("u", '{"id":"one"}'),
  ]],
  "a field that the schema doesn't know": [[
    schema("u", ID),
    record("u", '{"id":1,"extra":{"a":"b"}}'),
  ]],
  "several streams, and the state at its place": [[
    schema("u", ID),
    record("u", '{"id":1}'),
    { type: "STATE", value: { bookmarks: { u: 1 } } },
    schema("v", { ...ID, s: { type: "string" } }),
    record("v", '{"id":1,"s":"x"}'),
    { type: "STATE", value: { bookmarks: { u: 1, v: 1 } } },
  ]],
  "nothing": [[]],
};

for (const [name, [messages, expected = messages]] of Object.entries(CASES)) {
  Deno.test(`arrow: D15: ${name}, there and back`, async () => {
    assert.deepEqual(await thereAndBack(messages), expected.map(line));
  });
}

Deno.test("arrow: D15: a hundred thousand records of one stream are one Arrow stream", async () => {
  const count = 100_000;
  const records = Array.from(
    { length: count },
    (_, id) => record("u", `{"id":${id}}`),
  );
  const back = await thereAndBack([schema("u", ID), ...records]);
  assert.equal(back.length, count + 1, "one SCHEMA");
  assert.equal(back.at(-1), records.at(-1));
});

Deno.test("arrow: D15: what is no Arrow is an error", async () => {
  const body = new Response("this is something else entirely").body!;
  await assert.rejects(Array.fromAsync(messagesOf(body, "file")));
});
