/** @module */

import { assert, assertEquals } from "../assert.ts";
import type { SqlValue } from "../tds/column_type.ts";
import { fromScaled, toScaled } from "../tds/decimals.ts";
import { formatTime, parseDateTime, toUtc } from "../tds/dates.ts";
import { comparable } from "./comparable.ts";
import { convertToText, variantToText } from "./convert.ts";

Deno.test("convertToText() writes what the documentation of CONVERT shows", async (t) => {
  const cases: [string, SqlValue, number, string][] = [
    ["bit", true, 0, "1"],
    ["int", -7, 0, "-7"],
    ["bigint", 9223372036854775807n, 0, "9223372036854775807"],
    ["decimal(9,2)", "-1.5", 0, "-1.50"],
    ["decimal(9,2)", ".5", 0, "0.50"],
    ["decimal(38,0)", "1".repeat(38), 0, "1".repeat(38)],
    ["money", "-922337203685477.5808", 2, "-922337203685477.5808"],
    ["money", "4235.98", 2, "4235.9800"],
    ["smallmoney", 1, 2, "1.0000"],
    ["float", 0.1, 3, "1.0000000000000001e-001"],
    ["float", 1e100, 3, "1.0000000000000000e+100"],
    ["date", "2024-02-29", 23, "2024-02-29"],
    ["time(7)", "01:02:03.1234567", 121, "01:02:03.1234567"],
    ["time(0)", "01:02:03", 121, "01:02:03"],
    ["datetime", "2024-02-29 01:02:03.997", 121, "2024-02-29 01:02:03.997"],
    ["smalldatetime", "2024-02-29 01:02", 120, "2024-02-29 01:02:00"],
    ["datetime2(3)", "0001-01-01", 121, "0001-01-01 00:00:00.000"],
    [
      "datetimeoffset(7)",
      "2024-02-29 23:59:59.9999999 -08:30",
      121,
      "2024-02-29 23:59:59.9999999 -08:30",
    ],
    ["char(4)", "ab", 0, "ab  "],
    [
      "uniqueidentifier",
      "6f9619ff-8b86-d011-b42d-00c04fc964ff",
      0,
      "6F9619FF-8B86-D011-B42D-00C04FC964FF",
    ],
    ["varbinary(10)", new Uint8Array([10, 255]), 2, "0AFF"],
  ];
  for (const [type, value, style, expected] of cases) {
    await t.step(`${type} ${expected}`, () => {
      assertEquals(convertToText(value, type, style), expected);
    });
  }
});

Deno.test("a style that loses digits is refused", () => {
  const cases: [string, SqlValue, number][] = [
    ["money", "1", 0],
    ["float", 0.1, 0],
    ["datetime2(7)", "2024-02-29", 0],
    ["decimal(9,2)", "1", 2],
  ];
  for (const [type, value, style] of cases) {
    assert.throws(() => convertToText(value, type, style), /style/, type);
  }
});

Deno.test("variantToText() names the base type", () => {
  const text = (type: string, value: never) => variantToText({ type, value });
  assertEquals(text("money", "1.5" as never), "money:1.5000");
  assertEquals(
    text("datetime2(3)", "2024-02-29 01:02:03.5" as never),
    "datetime2:2024-02-29 01:02:03.5000000",
  );
  assertEquals(text("nvarchar(9)", "a:b" as never), "nvarchar:a:b");
  assertEquals(variantToText(null), null);
});

Deno.test("decimals keep every digit, and round as SQL Server does", () => {
  const cases: [string, number, bigint, string][] = [
    ["123.456", 2, 12346n, "123.46"],
    ["-123.455", 2, -12346n, "-123.46"],
    ["0.001", 4, 10n, "0.0010"],
    ["7", 0, 7n, "7"],
    ["-.5", 1, -5n, "-0.5"],
  ];
  for (const [text, scale, scaled, written] of cases) {
    assertEquals(toScaled(text, scale), scaled, text);
    assertEquals(fromScaled(scaled, scale), written, text);
  }
  assert.throws(() => toScaled("1e5", 2));
});

Deno.test("times are ticks, and an offset is taken off over midnight", () => {
  assertEquals(
    formatTime(parseDateTime("23:59:59.9999999").ticks, 7),
    "23:59:59.9999999",
  );
  const utc = toUtc(parseDateTime("2024-03-01 01:30:00 +05:30"));
  const local = parseDateTime("2024-02-29 20:00:00");
  assertEquals([utc.days, utc.ticks], [local.days, local.ticks]);
  assert.throws(() => parseDateTime("29.02.2024"));
});

Deno.test("comparable() orders as SQL Server does", async (t) => {
  const cases: [string, SqlValue[]][] = [
    ["int", [-1, 2, 10]],
    ["bigint", [null, -1n, 2n, 10n]],
    ["decimal(9,2)", ["-1", "2", "10"]],
    ["nvarchar(9)", ["a", "B", "c"]],
    ["datetimeoffset(0)", [
      "2024-01-01 02:00 +02:00",
      "2024-01-01 00:30 +00:00",
    ]],
    ["varbinary(4)", [new Uint8Array([1, 255]), new Uint8Array([2])]],
    // The last group counts most.
    ["uniqueidentifier", [
      "FF000000-0000-0000-0000-000000000001",
      "00000000-0000-0000-0000-000000000002",
      "00000000-0000-0000-0001-000000000002",
    ]],
  ];
  for (const [type, values] of cases) {
    await t.step(type, () => {
      const found = values.map((value) => comparable(value, type));
      for (let i = 1; i < found.length; i++) {
        assert.ok(found[i - 1] < found[i], String(values[i]));
      }
    });
  }
});

Deno.test("times are rounded as they are stored, and never become 24:00", async (t) => {
  const cases: [string, string, number, string][] = [
    ["datetime", "2024-02-29 23:59:59.999", 121, "2024-03-01 00:00:00.000"],
    ["datetime", "2024-02-29 12:34:56.795", 121, "2024-02-29 12:34:56.797"],
    ["smalldatetime", "2024-12-31 23:59:31", 120, "2025-01-01 00:00:00"],
    ["datetime2(0)", "2024-12-31 23:59:59.6", 121, "2025-01-01 00:00:00"],
    [
      "datetime2(3)",
      "2024-01-01 00:00:00.0006",
      121,
      "2024-01-01 00:00:00.001",
    ],
  ];
  for (const [type, value, style, expected] of cases) {
    await t.step(`${type}: ${value}`, () => {
      assertEquals(convertToText(value, type, style), expected);
    });
  }
});
