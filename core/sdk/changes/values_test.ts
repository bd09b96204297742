import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertFails,
} from "../../../tests/support/assert.ts";
import type { Json } from "../../protocol/envelope.ts";
import {
  exactBytes,
  exactDecimal,
  exactFloat,
  exactFloat32,
  exactInteger,
  exactTime,
  type ExactValue,
  type FieldType,
  jsonOf,
  valueOf,
} from "./mod.ts";

const TABLE: readonly (readonly [string, Json, Json])[] = [
  ["an integer that a double holds", exactInteger(2n ** 53n - 1n), 2 ** 53 - 1],
  ["an integer beyond", exactInteger(2n ** 53n), "9007199254740992"],
  ["the least of 64 bits", exactInteger(-(2n ** 63n)), "-9223372036854775808"],
  ["digits as text", exactInteger("42"), 42],
  ["a decimal", exactDecimal("12.50"), "12.50"],
  ["one without its zero", exactDecimal("-.5"), "-0.5"],
  [
    "as a number, if it fits",
    exactDecimal("12.50", { decimals: "number" }),
    12.5,
  ],
  [
    "as a number, if it doesn't",
    exactDecimal("12345678901234.56", { decimals: "number" }),
    "12345678901234.56",
  ],
  ["not a number", exactFloat(NaN), "NaN"],
  ["without end", exactFloat(-Infinity), "-Infinity"],
  ["a float of 32 bits", exactFloat32(Math.fround(0.1)), 0.1],
  ["bytes", exactBytes(Uint8Array.of(0, 255)), "AP8="],
  [
    "a time with its zone",
    exactTime("2026-01-02 03:04:05.6 +02:00"),
    "2026-01-02T03:04:05.6+02:00",
  ],
  [
    "a zone of hours alone",
    exactTime("2026-01-02 03:04:05+02"),
    "2026-01-02T03:04:05+02:00",
  ],
  [
    "no zone is not moved",
    exactTime("2026-01-02 03:04:05.0000000"),
    "2026-01-02T03:04:05.0000000",
  ],
  ["a date", exactTime("2026-01-02"), "2026-01-02"],
];

Deno.test("exact values in JSON", async (t) => {
  for (const [what, actual, expected] of TABLE) {
    await t.step(what, () => assertEquals(actual, expected));
  }
});

function bits(count: number, isSigned: boolean): fc.Arbitrary<bigint> {
  const most = 2n ** BigInt(isSigned ? count - 1 : count) - 1n;
  return fc.bigInt({ min: isSigned ? -most - 1n : 0n, max: most });
}

const decimal = fc.tuple(fc.bigInt(), fc.nat(20)).map(([digits, scale]) => {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const at = text.length - scale;
  const sign = digits < 0n ? "-" : "";
  return sign + text.slice(0, at) + (scale > 0 ? `.${text.slice(at)}` : "");
});

const DRIVER_VALUES: Readonly<Record<string, fc.Arbitrary<ExactValue>>> = {
  boolean: fc.boolean(),
  int8: bits(8, true).map(Number),
  int16: bits(16, true).map(Number),
  int32: bits(32, true).map(Number),
  int64: bits(64, true),
  uint8: bits(8, false).map(Number),
  uint16: bits(16, false).map(Number),
  uint32: bits(32, false).map(Number),
  uint64: bits(64, false),
  float32: fc.float().map((value) => value + 0),
  float64: fc.double().map((value) => value + 0),
  decimal,
  string: fc.string(),
  bytes: fc.uint8Array(),
  date: fc.date({ noInvalidDate: true, min: new Date(0) })
    .map((date) => date.toISOString().slice(0, -14)),
  uuid: fc.uuid(),
  json: fc.jsonValue() as fc.Arbitrary<Json>,
};

Deno.test("a value that went through JSON is the value it was", async (t) => {
  for (const [type, values] of Object.entries(DRIVER_VALUES)) {
    const field = { type } as FieldType;
    await t.step(type, () =>
      fc.assert(fc.property(values, (value) => {
        const text = JSON.stringify(jsonOf(value, field));
        const json = JSON.parse(text);
        const back = valueOf(json, field);
        if (type === "json") assertEquals(back, json);
        else assertEquals(back, value);
      })));
  }
});

Deno.test("null is of every type", () => {
  assertEquals(valueOf(null, { type: "int8" }), null);
  assertEquals(jsonOf(null, { type: "bytes" }), null);
});

Deno.test("what can't be of a type is refused without being quoted", async (t) => {
  const cases: readonly (readonly [FieldType, Json])[] = [
    [{ type: "boolean" }, "true"],
    [{ type: "int8" }, 128],
    [{ type: "int32" }, 1.5],
    [{ type: "int64" }, "9223372036854775808"],
    [{ type: "int64" }, 2 ** 53],
    [{ type: "uint64" }, -1],
    [{ type: "decimal" }, "1,5"],
    [{ type: "float64" }, "secret"],
    [{ type: "string" }, 5],
    [{ type: "bytes" }, "secret!="],
    [{ type: "date" }, "2026-1-2"],
    [{ type: "time" }, "3 o'clock"],
    [{ type: "timestamp" }, "2026-01-02T03:04:05Z"],
    [{ type: "timestamptz" }, "2026-01-02T03:04:05"],
    [{ type: "uuid" }, "secret"],
    [{ type: "list", element: { type: "int8" } }, [1, "secret"]],
    [{ type: "list" }, {}],
    [{ type: "struct", fields: [] }, []],
  ];
  for (const [field, value] of cases) {
    await t.step(`${field.type}: ${JSON.stringify(value)}`, () => {
      const { message } = assertFails(
        () => valueOf(value, field),
        "change.value_invalid",
      );
      assert.ok(message.endsWith(`is no ${field.type}`), message);
      assert.doesNotMatch(message, /secret/);
    });
  }
});
