import { assertEquals } from "../../../tests/support/assert.ts";
import { checkNames, NameTemplate } from "./name_template.ts";

const NOON = Date.UTC(2026, 10, 5, 12, 34, 56);

Deno.test("render() puts time and number into a path", async (t) => {
  const cases = [
    ["out/orders.jsonl", "out/orders.jsonl"],
    ["{date}/x", "2026-11-05/x"],
    ["{yyyy}{MM}{dd}-{HH}{mm}{ss}.csv", "20261105-123456.csv"],
    ["x-{seq}.jsonl", "x-000007.jsonl"],
    ["{seq}-{seq}", "000007-000007"],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals(new NameTemplate(text).render(NOON, 7), expected);
    });
  }
});

Deno.test("a number beyond six digits stays whole", () => {
  assertEquals(new NameTemplate("{seq}").render(NOON, 12345678), "12345678");
});

Deno.test("sequencePattern() finds the files of the same name", async (t) => {
  const template = new NameTemplate("a/{date}/x+{seq}.j({MM}).gz");
  const { folder, pattern } = template.sequencePattern(NOON);
  assertEquals(folder, "a/2026-11-05");
  const cases: [string, string | undefined][] = [
    ["x+000001.j(11).gz", "000001"],
    ["x+1234567.j(11).gz", "1234567"],
    ["x+00001.j(11).gz", undefined],
    ["x+000001.j(12).gz", undefined],
    ["xx000001.j(11).gz", undefined],
    ["x+000001.j(11).gz.part", undefined],
  ];
  for (const [name, expected] of cases) {
    await t.step(name, () => assertEquals(pattern.exec(name)?.[1], expected));
  }
});

Deno.test("fixedFolder() is what is the same at all times", async (t) => {
  const cases = [
    ["x.jsonl", "", "x.jsonl"],
    ["a/b/x.jsonl", "a/b", "x.jsonl"],
    ["a/b-{date}/x-{seq}", "a", "b-{date}/x-{seq}"],
    ["{date}/x", "", "{date}/x"],
    ["/x", "/", "x"],
  ];
  for (const [text, folder, rest] of cases) {
    await t.step(text, () => {
      assertEquals(new NameTemplate(text).fixedFolder(), { folder, rest });
    });
  }
});

Deno.test("checkNames() names what it doesn't know", async (t) => {
  const cases: [string, string[]][] = [
    ["a-{date}-{seq}.jsonl", []],
    ["a-{day}.jsonl", ["path has the unknown name {day}"]],
    ["a-{}.jsonl", ["path has the unknown name {}"]],
    ["{seq}/a.jsonl", [
      "path can have {seq} in the file's name alone, not in a folder's",
    ]],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals(
        [...checkNames(text)].map(({ message }) => message),
        expected,
      );
    });
  }
});
