import { Buffer } from "node:buffer";
import { ServiceBusClient } from "@azure/service-bus";
import rhea from "rhea";
import type { Json } from "@dstream/sdk";
import { assertEquals } from "../../tests/support/assert.ts";
import {
  described,
  idFromText,
  idToText,
  ofType,
  toJson,
} from "./amqp_json.ts";
import { keepTypes, typesOfMap } from "./amqp_types.ts";

// deno-lint-ignore no-explicit-any
const { types, message } = rhea as any;

keepTypes(
  new ServiceBusClient(
    "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=b",
  ),
);

/** Properties as they arrive at the other end. */
function sent(properties: Record<string, unknown>): Record<string, unknown> {
  const application_properties = properties;
  const body = message.data_section(Buffer.from("x"));
  return message.decode(message.encode({ application_properties, body }))
    .application_properties;
}

function bigBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
}

const GUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
const guid = Buffer.from(GUID.replaceAll("-", ""), "hex");
const TICKS = bigBytes(864_000_000_000_000_000n);

/** What is sent, and what it is in JSON with which type beside it. */
const CASES: readonly (readonly [string, unknown, Json, string?])[] = [
  [
    "a long beyond 2^53",
    types.Long(bigBytes(2n ** 62n)),
    `${2n ** 62n}`,
    "long",
  ],
  [
    "a negative one",
    types.Long(bigBytes(-(2n ** 63n))),
    `${-(2n ** 63n)}`,
    "long",
  ],
  [
    "the largest ulong",
    types.Ulong(bigBytes(-1n)),
    `${2n ** 64n - 1n}`,
    "ulong",
  ],
  ["a GUID", types.Uuid(guid), GUID, "uuid"],
  ["a small long", types.SmallLong(5), 5, "long"],
  ["an int", types.Int(5), 5, "int"],
  ["a negative int", types.Int(-5), -5],
  ["a uint", types.Uint(5), 5],
  ["a byte", types.Byte(-5), -5, "byte"],
  ["a float", types.Float(1.5), 1.5, "float"],
  ["a whole double", types.Double(1), 1, "double"],
  ["a double", types.Double(0.1), 0.1],
  ["a double that is no number", types.Double(NaN), "NaN", "double"],
  ["a character", types.CharUTF32(0x1f642), 0x1f642, "char"],
  ["a symbol", types.Sym8("s"), "s", "symbol"],
  ["a decimal", types.Decimal128(guid), guid.toString("base64"), "decimal128"],
  ["a boolean in a byte", types.Boolean(1), true],
  ["null", null, null],
  ["bytes", types.Vbin8(Buffer.from([1])), { $type: "binary", value: "AQ==" }],
  [
    "a time span of .NET",
    types.described(
      types.wrap_symbol("com.microsoft:timespan"),
      types.Long(TICKS),
    ),
    {
      $type: "described",
      descriptor: "com.microsoft:timespan",
      type: "long",
      value: "864000000000000000",
    },
  ],
  [
    "an address of .NET",
    types.described(types.wrap_symbol("com.microsoft:uri"), types.Str8("a:b")),
    { $type: "described", descriptor: "com.microsoft:uri", value: "a:b" },
  ],
];

Deno.test("every type is read with its value, and sent as what it was", async (t) => {
  for (const [name, value, json, type] of CASES) {
    await t.step(name, () => {
      const came = sent({ value });
      const read = toJson(came.value, typesOfMap(came).value);
      assertEquals(read, type === undefined ? { json } : { json, type });
      const { $type } = (json ?? {}) as { $type?: string };
      if ($type === "binary") return; // the output's own business
      const again = $type === undefined
        ? ofType(type, json) ?? json
        : described(json);
      const back = sent({ value: again });
      assertEquals(toJson(back.value, typesOfMap(back).value), read);
    });
  }
});

Deno.test("a value that isn't of its type any more is sent as it is", () => {
  const changed: [string, Json][] = [
    ["int", "many"],
    ["int", 2 ** 31],
    ["ubyte", -1],
    ["ulong", "-1"],
    ["long", "9223372036854775808"],
    ["uuid", "none"],
    ["decimal128", "AQ=="],
    ["nonsense", 1],
  ];
  for (const [type, json] of changed) {
    assertEquals(ofType(type, json), undefined, `${type} ${json}`);
  }
});

Deno.test("ids of every type come back as they were", () => {
  const body = message.data_section(Buffer.from("x"));
  const sentAs = (message_id: unknown) =>
    message.decode(message.encode({ message_id, body })).message_id;
  const ids: [unknown, string, string | undefined][] = [
    ["text", "text", undefined],
    [types.Uuid(guid), GUID, "uuid"],
    [types.Ulong(bigBytes(-1n)), `${2n ** 64n - 1n}`, "ulong"],
    [types.SmallUlong(7), "7", "ulong"],
    [types.Vbin8(Buffer.from([1, 2])), "0102", "binary"],
  ];
  for (const [id, text, type] of ids) {
    const read = idToText(sentAs(id));
    assertEquals([read?.text, read?.type], [text, type]);
    assertEquals(idToText(sentAs(idFromText(text, type))), read);
  }
});
