import { Buffer } from "node:buffer";
import { RegistryServer } from "../../../tests/support/kafka/registry_server.ts";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { Decoder } from "./decoder.ts";
import type { RegistryConfig } from "./fields.ts";
import { DecodeProblem } from "./problems.ts";
import { Registry, type SchemaType } from "./registry.ts";

/** What a value of that schema says. @param value Its bytes behind the number. */
async function read(
  type: SchemaType,
  schema: string,
  value: readonly number[],
): Promise<unknown> {
  await using server = new RegistryServer();
  const config = { url: server.url } as unknown as RegistryConfig;
  const id = await new Registry(config).register("a", type, schema);
  const decoder = new Decoder(config);
  await decoder.fetch(id);
  return JSON.parse(decoder.read(Buffer.from([0, 0, 0, 0, id, ...value])).text);
}

function proto(body: string): string {
  return `syntax = "proto3"; ${body}`;
}

const DATES = 'import "google/type/date.proto"; ' +
  'import "google/type/timeofday.proto"; ' +
  'import "google/type/decimal.proto"; ' +
  'import "confluent/type/decimal.proto"; ' +
  "message M { google.type.Date a = 1; google.type.TimeOfDay b = 2; " +
  "google.type.Decimal c = 3; confluent.type.Decimal d = 4; }";

const READ: readonly (readonly [
  what: string,
  type: SchemaType,
  schema: string,
  value: readonly number[],
  expected: unknown,
])[] = [
  [
    "Google's date, time and decimal, and Confluent's",
    "PROTOBUF",
    proto(DATES),
    // deno-fmt-ignore
    [0, 0x0a, 7, 8, 0xea, 0x0f, 0x10, 1, 0x18, 2, 0x12, 4, 8, 3, 0x18, 4,
     0x1a, 5, 0x0a, 3, 0x31, 0x2e, 0x35, 0x22, 6, 0x0a, 2, 0xff, 0x85, 0x18, 2],
    { a: "2026-01-02", b: "03:00:04", c: "1.5", d: "-1.23" },
  ],
  [
    "a part of a date stays its parts",
    "PROTOBUF",
    proto('import "google/type/date.proto"; message M{google.type.Date a=1;}'),
    [0, 0x0a, 3, 8, 0xea, 0x0f],
    { a: { year: 2026, month: 0, day: 0 } },
  ],
  [
    "a message inside the second one",
    "PROTOBUF",
    proto("message A {} message B { message C { int32 n = 1; } }"),
    [4, 2, 0, 8, 5],
    { n: 5 },
  ],
  [
    "a field that isn't known is passed over",
    "PROTOBUF",
    proto("message M { int32 n = 1; }"),
    // deno-fmt-ignore
    [0, 0x10, 1, 0x1a, 1, 0x61, 0x23, 0x08, 1, 0x24, 0x2d, 0, 0, 0, 0, 8, 5],
    { n: 5 },
  ],
  [
    "lists that are packed, and that are not",
    "PROTOBUF",
    proto("message M { repeated int32 n = 1; repeated int32 m = 2; }"),
    [0, 8, 1, 8, 2, 0x12, 2, 3, 4],
    { n: [1, 2], m: [3, 4] },
  ],
  [
    "a symbol that a newer writer knows is its number, as a text",
    "PROTOBUF",
    proto("enum E { X = 0; } message M { E e = 1; }"),
    [0, 8, 7],
    { e: "7" },
  ],
  [
    "defaults and absences of proto2",
    "PROTOBUF",
    'syntax = "proto2"; message M { optional int32 n = 1 [default = 5]; ' +
    "optional int32 m = 2; required bool ok = 3; }",
    [0, 0x18, 1],
    { n: 5, m: null, ok: true },
  ],
  [
    "a list of itself",
    "AVRO",
    '{"type":"record","name":"r","fields":[{"name":"next","type":["null","r"]}]}',
    [2, 2, 0],
    { next: { next: { next: null } } },
  ],
  [
    "times in nanoseconds",
    "AVRO",
    '{"type":"long","logicalType":"timestamp-nanos"}',
    [0x85, 0x04],
    "1969-12-31T23:59:59.999999741Z",
  ],
];

Deno.test("values with a schema are read", async (t) => {
  for (const [what, type, schema, value, expected] of READ) {
    await t.step(what, async () => {
      assertEquals(await read(type, schema, value), expected);
    });
  }
});

const REFUSED: readonly (readonly [
  what: string,
  type: SchemaType,
  schema: string,
  value: readonly number[],
  why: RegExp,
])[] = [
  ["a date beyond all years", "AVRO", '{"type":"int","logicalType":"date"}', [
    0xfe,
    0xff,
    0xff,
    0xff,
    0x0f,
  ], /it is no value of schema 1/],
  [
    "nested without an end",
    "AVRO",
    '{"type":"record","name":"r","fields":[{"name":"next","type":["null","r"]}]}',
    Array(200_000).fill(2),
    /it is no value of schema 1/,
  ],
  ["text that isn't UTF-8", "PROTOBUF", proto("message M { string s = 1; }"), [
    0,
    0x0a,
    1,
    0xff,
  ], /a text is no UTF-8/],
  ["half a value", "PROTOBUF", proto("message M { string s = 1; }"), [
    0,
    0x0a,
    9,
    0x61,
  ], /it ends too early/],
  [
    "a field of another layout",
    "PROTOBUF",
    proto("message M { int32 n = 1; }"),
    [
      0,
      0x0a,
      0,
    ],
    /the field n has another layout/,
  ],
  [
    "a message that isn't there",
    "PROTOBUF",
    proto("message M {}"),
    [2, 6],
    /no message at \[3\]/,
  ],
  [
    "what is no .proto file",
    "PROTOBUF",
    "message {",
    [0],
    /schema 1 isn't understood: it is no \.proto file/,
  ],
  [
    "an import that the registry doesn't list",
    "PROTOBUF",
    proto('import "shop/address.proto"; message M { shop.Address a = 1; }'),
    [0],
    /it imports shop\/address\.proto, which the registry doesn't list/,
  ],
  [
    "groups",
    "PROTOBUF",
    'syntax = "proto2"; message M { optional group G = 1 { optional int32 n = 2; } }',
    [0, 0x0b, 0x10, 1, 0x0c],
    /it has groups, which are not read/,
  ],
  [
    "a format of the future",
    "CSV" as SchemaType,
    "a,b",
    [0],
    /schema 1 is of CSV, which is not read/,
  ],
];

Deno.test("what can't be read says why", async (t) => {
  for (const [what, type, schema, value, why] of REFUSED) {
    await t.step(
      what,
      () =>
        assert.rejects(() => read(type, schema, value), (error: Error) => {
          assert.ok(error instanceof DecodeProblem, String(error));
          assert.match(error.message, why);
          return true;
        }),
    );
  }
});
