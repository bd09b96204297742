import fc from "fast-check";
import { assertEquals } from "../../tests/support/assert.ts";
import { RowScanner } from "./scan_row.ts";

const KEY = ["id", "b"];

Deno.test("a row's columns and key are what JSON.parse finds", () => {
  const scanner = new RowScanner();
  const name = fc.constantFrom("id", "b", "c", "ö", "a b");
  const row = fc.oneof(
    fc.dictionary(name, fc.jsonValue()),
    fc.record({ id: fc.integer(), b: fc.string(), c: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(row, (row) => {
      const text = JSON.stringify(row);
      const found = scanner.scan(text, KEY);
      if (found === undefined) return; // it is parsed then
      assertEquals(found.shape.names, Object.keys(row));
      if (found.keyText === undefined) return;
      assertEquals(
        found.keyText,
        JSON.stringify(
          KEY.map((name) => (row as Record<string, unknown>)[name]),
        ),
      );
    }),
    { numRuns: 2000 },
  );
});

for (
  const [what, text, shape, keyText] of [
    ["plain values", '{"id":1,"b":"x"}', "id,b", '[1,"x"]'],
    [
      "values between others",
      '{"a":[{"id":"}"}],"b":"x","id":2}',
      "a,b,id",
      '[2,"x"]',
    ],
    ["an escaped quote", '{"id":1,"b":"\\"","c":"\\\\"}', "id,b,c", undefined],
    ["a number in another spelling", '{"id":1.0,"b":"x"}', "id,b", undefined],
    ["no key", '{"id":1}', "id", undefined],
    ["no column", "{}", undefined, undefined],
    ["white space", '{"id": 1}', undefined, undefined],
    ["a name that stands twice", '{"id":1,"id":2}', undefined, undefined],
    ["a name with an escape", '{"\\u0061":1}', undefined, undefined],
    ["no object", "null", undefined, undefined],
  ] as const
) {
  Deno.test(`a row with ${what} is read right`, () => {
    const found = new RowScanner().scan(text, KEY);
    assertEquals(found?.shape.names.join(), shape);
    assertEquals(found?.keyText, keyText);
    // The same once more, when its shape is known.
    const scanner = new RowScanner();
    scanner.scan(text, KEY);
    assertEquals(scanner.scan(text, KEY)?.keyText, keyText);
  });
}
