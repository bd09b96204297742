import { assertEquals } from "../../tests/support/assert.ts";
import { parseExactJson } from "../protocol/mod.ts";
import { compileSchema } from "./schema.ts";

const AT = { file: "x", line: 1, column: 1, width: 1, text: "" };

Deno.test("limits and multiples are decided in decimal, as both sides are written", async (t) => {
  const cases: [string, string, string, boolean][] = [
    ["a price", '{"multipleOf":0.01}', "19.99", true],
    ["a price in tenths", '{"multipleOf":0.01}', "1.1", true],
    ["half a cent", '{"multipleOf":0.01}', "1.005", false],
    ["a negative one", '{"multipleOf":0.01}', "-4.35", true],
    ["nothing", '{"multipleOf":0.01}', "0", true],
    ["a power", '{"multipleOf":1e-7}', "3e-7", true],
    ["a large one", '{"multipleOf":0.01}', "1e300", true],
    ["2^53", '{"maximum":9007199254740992}', "9007199254740992", true],
    ["2^53 + 1", '{"maximum":9007199254740992}', "9007199254740993", false],
    [
      "below 2^53 + 2",
      '{"exclusiveMaximum":9007199254740994}',
      "9007199254740993",
      true,
    ],
    ["20 digits, odd", '{"multipleOf":2}', "12345678901234567891", false],
    ["20 digits, even", '{"multipleOf":2}', "12345678901234567892", true],
    ["a minimum", '{"minimum":0.1}', "0.1", true],
    ["below a minimum", '{"minimum":0.1}', "0.09999999999999999", false],
    ["an open minimum", '{"exclusiveMinimum":-1}', "-1", false],
    ["an open maximum", '{"exclusiveMaximum":5}', "4.99", true],
    ["what is no number", '{"maximum":1}', '"x"', true],
  ];
  for (const [name, schema, value, isFine] of cases) {
    for (const draft of ["", "draft-07", "2019-09"]) {
      await t.step(`${name} ${draft}`, async () => {
        const $schema = draft === ""
          ? {}
          : draft === "draft-07"
          ? { $schema: "http://json-schema.org/draft-07/schema#" }
          : { $schema: "https://json-schema.org/draft/2019-09/schema" };
        const text = JSON.stringify({
          ...$schema,
          properties: { "a/b": JSON.parse(schema) },
        });
        const { check, problems } = await compileSchema({
          text,
          at: AT,
          locate: () => AT,
        });
        assertEquals(problems, []);
        const record = `{"a/b":${value}}`;
        const reason = check!(
          JSON.parse(record),
          () => parseExactJson(record),
        );
        assertEquals(reason === undefined, isFine, reason);
      });
    }
  }
});
