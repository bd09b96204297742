import { assertEquals } from "../../../../tests/support/assert.ts";
import { encoderOf, type SqlValue } from "./column_value.ts";
import { isBitSet } from "./row_encoder.ts";
import { Buffer } from "node:buffer";

const bytes = (hex: string) => Buffer.from(hex, "hex");

Deno.test("encoderOf() writes what a type's value is, and as strings", async (t) => {
  const cases: [string, SqlValue, string, string][] = [
    ["bit", true, "true", '"true"'],
    ["int", -5, "-5", '"-5"'],
    ["bigint", "9007199254740991", "9007199254740991", '"9007199254740991"'],
    ["bigint", "9007199254740992", '"9007199254740992"', '"9007199254740992"'],
    ["bigint", "-9007199254740991", "-9007199254740991", '"-9007199254740991"'],
    ["float", -0, "-0", '"-0"'],
    ["float", 1e21, "1e+21", '"1e+21"'],
    ["real", 16777216, "16777216", '"16777216"'],
    ["real", 1.401298464324817e-45, "1.4013e-45", '"1.4013e-45"'],
    [
      "timestamp",
      bytes("00000000000007d1"),
      '"AAAAAAAAB9E="',
      '"AAAAAAAAB9E="',
    ],
    [
      "rowversion",
      bytes("00000000000007d1"),
      '"AAAAAAAAB9E="',
      '"AAAAAAAAB9E="',
    ],
    [
      "datetimeoffset",
      "2024-01-02 03:04:05 +02:00",
      '"2024-01-02T03:04:05+02:00"',
      '"2024-01-02T03:04:05+02:00"',
    ],
    [
      "smalldatetime",
      "2024-01-02 03:04:00",
      '"2024-01-02T03:04:00"',
      '"2024-01-02T03:04:00"',
    ],
    [
      "sql_variant",
      "datetime2:2024-01-02 03:04:05.1",
      '{"type":"datetime2","value":"2024-01-02T03:04:05.1"}',
      '"{\\"type\\":\\"datetime2\\",\\"value\\":\\"2024-01-02T03:04:05.1\\"}"',
    ],
    [
      "sql_variant",
      "bit:1",
      '{"type":"bit","value":true}',
      '"{\\"type\\":\\"bit\\",\\"value\\":true}"',
    ],
    [
      "sql_variant",
      "varbinary:00FF",
      '{"type":"varbinary","value":"AP8="}',
      '"{\\"type\\":\\"varbinary\\",\\"value\\":\\"AP8=\\"}"',
    ],
    ["a type of tomorrow", 'x"y', '"x\\"y"', '"x\\"y"'],
  ];
  for (const [type, value, typed, string] of cases) {
    await t.step(`${type}: ${typed}`, () => {
      const decimals = "string";
      const as = (values: "typed" | "string") =>
        encoderOf(type, { values, decimals })(value);
      assertEquals([as("typed"), as("string")], [typed, string]);
      JSON.parse(as("typed"));
    });
  }
});

Deno.test("decimals = number writes numbers where they are safe", async (t) => {
  const cases = [
    ["0.00", "0.00"],
    ["-0.50", "-0.50"],
    [".5000", "0.5000"],
    ["-.5", "-0.5"],
    ["123456789012345", "123456789012345"],
    ["0.000123456789012345", "0.000123456789012345"],
    ["1234567890123456", '"1234567890123456"'],
    ["1.234567890123456", '"1.234567890123456"'],
  ];
  const encode = encoderOf("decimal", { values: "typed", decimals: "number" });
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals(encode(text), expected);
      JSON.parse(encode(text));
    });
  }
});

Deno.test("isBitSet() reads `__$update_mask` from its end", () => {
  const mask = bytes("0102");
  const set = Array.from({ length: 20 }, (_, i) => i + 1)
    .filter((ordinal) => isBitSet(mask, ordinal));
  assertEquals(set, [2, 9]);
});
