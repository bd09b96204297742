import { assertEquals } from "../tests/support/assert.ts";
import { explainCircles, findCircles } from "./circles.ts";

/** "a b" is: a imports b; "a (b)": its types alone. */
function circlesOf(...imports: string[]): string[] {
  const parsed = imports.map((text) => {
    const [from, to] = text.split(" ");
    const isTypeOnly = to.startsWith("(");
    return { from, to: to.replaceAll(/[()]/g, ""), line: 1, isTypeOnly };
  });
  return findCircles(parsed).map((circle) => circle.join(" "));
}

Deno.test("circles are found whole, each once", () => {
  assertEquals(circlesOf("a b", "b c", "a c", "c d"), []);
  assertEquals(circlesOf("a b", "b a"), ["a b"]);
  assertEquals(circlesOf("x a", "a b", "b c", "c a", "c y"), ["a b c"]);
  assertEquals(circlesOf("a b", "b a", "b c", "c d", "d c"), ["a b", "c d"]);
  assertEquals(circlesOf("a b", "b a", "b c", "c b"), ["a b c"]);
  assertEquals(circlesOf("a a"), ["a"]);
});

Deno.test("an import of types closes no circle", () => {
  assertEquals(circlesOf("a b", "b (a)"), []);
});

Deno.test("a circle is allowed when all its files are listed together", () => {
  const allowed = [{ files: ["a", "lib/"], reason: "it must" }];
  assertEquals(explainCircles([["a", "lib/b"]], allowed), []);
  assertEquals(explainCircles([["a", "lib/b"], ["a", "c"]], allowed), [
    "these import each other in a circle: a, c",
  ]);
});

Deno.test("an entry without its circle is told", () => {
  const allowed = [{ files: ["a", "b"], reason: "it must" }];
  assertEquals(explainCircles([], allowed), [
    "scripts/circles.ts allows a circle that is gone: a, b",
  ]);
});
