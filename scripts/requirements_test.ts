import { assertEquals } from "../tests/support/assert.ts";
import { allNames, ELSEWHERE, findTests } from "./requirements.ts";

Deno.test("each requirement of Singer, dstreams and plugins has a test by its name, or says what holds it", async () => {
  const found = await findTests();
  const isHeld = (name: string) => found.has(name) !== name in ELSEWHERE;
  assertEquals(allNames().filter((name) => !isHeld(name)), []);
  const known = new Set(allNames());
  assertEquals([...found.keys()].filter((name) => !known.has(name)), []);
});
