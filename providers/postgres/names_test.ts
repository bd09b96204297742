import { assertEquals } from "../../tests/support/assert.ts";
import {
  isMeant,
  parseTablePattern,
  quoteIdentifier,
  quoteLiteral,
  shownName,
} from "./names.ts";

Deno.test("a pattern means the tables it looks like", async (t) => {
  const cases = [
    ["orders", "public", "orders", true],
    ["orders", "sales", "orders", false],
    ["sales.*", "sales", "orders", true],
    ["*.*", "a", "b", true],
    ["ord*", "public", "orders", true],
    ["Orders", "public", "orders", false],
    ['"My Schema"."a.b"', "My Schema", "a.b", true],
    ['"a""b"', "public", 'a"b', true],
  ] as const;
  for (const [text, schema, table, expected] of cases) {
    await t.step(`${text} and ${schema}.${table}`, () => {
      const pattern = parseTablePattern(text)!;
      assertEquals<boolean>(isMeant(pattern, { schema, table }), expected);
    });
  }
});

Deno.test("what is no name is no pattern", async (t) => {
  for (const text of ["", "a.b.c", "a.", ".a", '"a', " . "]) {
    await t.step(JSON.stringify(text), () => {
      assertEquals<unknown>(parseTablePattern(text), undefined);
    });
  }
});

Deno.test("names and texts are quoted whatever is in them", () => {
  assertEquals(quoteIdentifier('a"b'), '"a""b"');
  assertEquals(quoteLiteral("it's"), "'it''s'");
  assertEquals(quoteLiteral("a\\'"), " E'a\\\\'''");
  assertEquals(shownName({ schema: "public", table: "a" }), "a");
  assertEquals(shownName({ schema: "s", table: "a" }), "s.a");
});
