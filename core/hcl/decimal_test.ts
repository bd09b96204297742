import { assertEquals } from "../../tests/support/assert.ts";
import { toDecimal } from "./decimal.ts";

Deno.test("toDecimal() writes equal numbers equally", async (t) => {
  const cases = [
    ["0", "0"],
    ["-0", "0"],
    ["-0.00e5", "0"],
    ["1", "1"],
    ["1.50", "1.5"],
    ["100", "100"],
    ["1e3", "1000"],
    ["1.5e3", "1500"],
    ["1500e-3", "1.5"],
    ["-1.25e-3", "-0.00125"],
    ["9007199254740993", "9007199254740993"],
    ["0.1e1", "1"],
    ["123.456e1", "1234.56"],
    ["123.456e-4", "0.0123456"],
  ];
  for (const [digits, plain] of cases) {
    await t.step(digits, () => assertEquals(toDecimal(digits).plain, plain));
  }
});
