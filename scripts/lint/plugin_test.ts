import { assertEquals } from "../../tests/support/assert.ts";
import plugin from "./plugin.ts";

function problems(source: string): number {
  return Deno.lint.runPlugin(plugin, "main.ts", source).length;
}

Deno.test("the spread of a literal is found, in lists, calls and objects", () => {
  assertEquals(problems('run([...["-a", "-b"], path]);'), 1);
  assertEquals(problems("run(...[1, 2]);"), 1);
  assertEquals(problems("run({ ...{ a: 1 }, b: 2 });"), 1);
});

Deno.test("what isn't known before may be spread", () => {
  assertEquals(problems("run([...list, ...(isLong ? [1] : [])]);"), 0);
  assertEquals(problems("run([...[1, 2].map(twice)]);"), 0);
  assertEquals(problems("run({ ...options, ...(isLong && { long: 1 }) });"), 0);
});
