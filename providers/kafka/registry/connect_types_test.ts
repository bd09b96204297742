import { assert, assertEquals } from "../../../tests/support/assert.ts";
import type { Json, JsonObject } from "@dstream/sdk";
import { avroReader } from "./avro/avro_reader.ts";
import { connectValue } from "./connect_types.ts";
import { DecodeProblem } from "./problems.ts";

/** A type, its parameters, what comes, what it is. */
const TYPES: readonly (readonly [string, JsonObject, Json, Json])[] = [
  ["io.debezium.time.Date", {}, 17_000, "2016-07-18"],
  ["io.debezium.time.Date", {}, -1, "1969-12-31"],
  ["io.debezium.time.Time", {}, 11_045_678, "03:04:05.678"],
  ["io.debezium.time.MicroTime", {}, 11_045_678_901, "03:04:05.678901"],
  ["io.debezium.time.NanoTime", {}, 11_045_678_901_234, "03:04:05.678901234"],
  [
    "io.debezium.time.Timestamp",
    {},
    1_767_323_045_678,
    "2026-01-02T03:04:05.678",
  ],
  [
    "io.debezium.time.MicroTimestamp",
    {},
    1_767_323_045_678_901,
    "2026-01-02T03:04:05.678901",
  ],
  [
    "io.debezium.time.NanoTimestamp",
    {},
    "1767323045678901234",
    "2026-01-02T03:04:05.678901234",
  ],
  ["io.debezium.time.MicroTimestamp", {}, "9223372036825200000", "infinity"],
  ["io.debezium.time.MicroTimestamp", {}, 9223372036825200000, "infinity"],
  [
    "io.debezium.time.ZonedTimestamp",
    {},
    "2026-01-02T03:04:05.678901Z",
    "2026-01-02T03:04:05.678901Z",
  ],
  ["io.debezium.time.MicroDuration", {}, -1_500_000, "PT-1.5S"],
  ["io.debezium.time.Interval", {}, "P1Y2M3DT4H", "P1Y2M3DT4H"],
  ["io.debezium.data.Bits", { length: "11" }, "BQI=", "01000000101"],
  ["io.debezium.data.Json", {}, '{"a":[1,null]}', { a: [1, null] }],
  ["io.debezium.data.Uuid", {}, "a-b", "a-b"],
  [
    "io.debezium.data.VariableScaleDecimal",
    {},
    { scale: 3, value: "AeJA" },
    "123.456",
  ],
  ["org.apache.kafka.connect.data.Decimal", { scale: "2" }, "AfFh", "1273.29"],
  ["org.apache.kafka.connect.data.Decimal", { scale: "2" }, "/4U=", "-1.23"],
  ["org.apache.kafka.connect.data.Decimal", { scale: "2" }, 1.25, 1.25],
  ["org.apache.kafka.connect.data.Date", {}, 17_000, "2016-07-18"],
  ["org.apache.kafka.connect.data.Time", {}, 11_045_000, "03:04:05.000"],
  [
    "org.apache.kafka.connect.data.Timestamp",
    {},
    1_767_323_045_678,
    "2026-01-02T03:04:05.678Z",
  ],
];

Deno.test("logical types of Debezium and Kafka Connect are the values they mean", async (t) => {
  for (const [name, parameters, value, expected] of TYPES) {
    await t.step(`${name} ${JSON.stringify(value)}`, () => {
      const schema = { type: "any", name, parameters };
      assertEquals(connectValue({ schema, payload: value }), expected);
      assertEquals(connectValue({ schema, payload: null }), null);
      const struct = {
        type: "struct",
        fields: [{ ...schema, field: "a" }, {
          field: "b",
          type: "array",
          items: schema,
        }, { field: "c", type: "map", values: schema }],
      };
      assertEquals(
        connectValue({
          schema: struct as unknown as JsonObject,
          payload: { a: value, b: [value, null], c: { x: value }, d: 1 },
        }),
        { a: expected, b: [expected, null], c: { x: expected }, d: 1 },
      );
    });
  }
});

Deno.test("a value that was not logged is told in bytes too", () => {
  const payload = btoa("__debezium_unavailable_value");
  assertEquals(
    connectValue({ schema: { type: "bytes" }, payload }),
    "__debezium_unavailable_value",
  );
});

Deno.test("what can't be of its type says which", () => {
  const schema = { type: "int64", name: "io.debezium.time.Timestamp" };
  assert.throws(
    () => connectValue({ schema, payload: "9000000000000000000" }),
    (error: Error) =>
      error instanceof DecodeProblem &&
      /^a value is no io\.debezium\.time\.Timestamp: /.test(error.message),
  );
});

Deno.test("Avro's values have these types by connect.name", () => {
  const named = (type: string, name: string, more = {}) => ({
    type,
    "connect.version": 1,
    "connect.name": name,
    ...more,
  });
  const read = avroReader(JSON.stringify({
    type: "record",
    name: "Value",
    fields: [
      { name: "day", type: named("int", "io.debezium.time.Date") },
      {
        name: "at",
        type: ["null", named("long", "io.debezium.time.MicroTimestamp")],
      },
      {
        name: "bits",
        type: named("bytes", "io.debezium.data.Bits", {
          "connect.parameters": { length: "3" },
        }),
      },
      {
        name: "price",
        type: {
          type: "record",
          name: "VariableScaleDecimal",
          namespace: "io.debezium.data",
          fields: [{ name: "scale", type: "int" }, {
            name: "value",
            type: "bytes",
          }],
          "connect.name": "io.debezium.data.VariableScaleDecimal",
        },
      },
      {
        name: "again",
        type: "io.debezium.data.VariableScaleDecimal",
      },
    ],
  }));
  // deno-fmt-ignore
  const bytes = Uint8Array.of(1, 2, 1, 2, 5, 2, 2, 15, 4, 2, 0x85);
  assertEquals(read(bytes), {
    day: "1969-12-31",
    at: "1969-12-31T23:59:59.999999",
    bits: "101",
    price: "1.5",
    again: "-1.23",
  });
});
