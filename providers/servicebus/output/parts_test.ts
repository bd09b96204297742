import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { forEachAtMost } from "./lanes.ts";
import { SenderCache } from "./sender_cache.ts";
import { withoutKey } from "./without_key.ts";

Deno.test("the least recently used sender is closed, never one in use", async () => {
  const closed: string[] = [];
  const cache = new SenderCache(2, (name) => ({
    close: () => Promise.resolve(void closed.push(name)),
  }));
  const use = (name: string) => cache.use(name, () => Promise.resolve());
  await use("a");
  await use("b");
  await use("A"); // the same as a
  await use("c");
  assertEquals(closed, ["b"]);
  const release = Promise.withResolvers<void>();
  const busy = cache.use("a", () => release.promise);
  await use("d");
  await use("e");
  assert.ok(!closed.includes("a"));
  release.resolve();
  await busy;
  await cache.closeAll();
  assertEquals(closed.toSorted(), ["a", "b", "c", "d", "e"]);
});

Deno.test("only so many run at once, and a failure stops the rest", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const work = async (n: number) => {
    most = Math.max(most, ++running);
    await new Promise((wake) => setTimeout(wake, 1));
    running--;
    if (n === 10) throw new Error("ten");
    done.push(n);
  };
  const items = Array.from({ length: 50 }, (_, n) => n);
  await assert.rejects(() => forEachAtMost(items, 3, work), /ten/);
  assertEquals(most, 3);
  assertEquals(running, 0);
  assert.ok(done.length >= 10 && done.length < 15, String(done.length));
});

Deno.test("a key is cut out of JSON, all else stays as written", async (t) => {
  const cases: [string, string][] = [
    ['{"a":1}', '{"a":1}'],
    ['{"k":1}', "{}"],
    ["{}", "{}"],
    ['{ "a" : 1.0 , "k":{"x":[1,"}"]}, "b":"k" }', '{"a" : 1.0,"b":"k"}'],
    ['{"\\u006b":1,"a":{"k":2}}', '{"a":{"k":2}}'],
    ['{"a":"\\"},{","k":"\\\\"}', '{"a":"\\"},{"}'],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => assertEquals(withoutKey(text, "k"), expected));
  }
});
