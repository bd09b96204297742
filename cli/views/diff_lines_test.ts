import fc from "fast-check";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { diffLines } from "./diff_lines.ts";

/** `-a +b  c` for a diff of the letters of two words. */
function diff(before: string, after: string): string {
  return diffLines([...before], [...after])
    .map(({ mark, text }) => mark + text).join("");
}

Deno.test("diffLines() finds the shortest way", () => {
  assertEquals(diff("abc", "abc"), " a b c");
  assertEquals(diff("abc", "axc"), " a-b+x c");
  assertEquals(diff("abcd", "bd"), "-a b-c d");
  assertEquals(diff("", "ab"), "+a+b");
  assertEquals(diff("ab", ""), "-a-b");
  assertEquals(diff("", ""), "");
});

Deno.test("a diff has both texts in it, in order", () => {
  const word = fc.array(fc.constantFrom("a", "b", "c"), {
    size: "max",
    maxLength: 30,
  });
  fc.assert(fc.property(word, word, (before, after) => {
    const lines = diffLines(before, after);
    const without = (mark: string) =>
      lines.filter((line) => line.mark !== mark).map(({ text }) => text);
    assertEquals(without("+"), before);
    assertEquals(without("-"), after);
  }));
});

Deno.test("what is too long to compare is shown whole", () => {
  const long = Array.from({ length: 1200 }, (_, i) => `line ${i}`);
  assert.equal(diffLines(long, [...long, "more"]).length, 2401);
  assert.ok(diffLines(long, long).every(({ mark }) => mark === " "));
});
