import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { beatingWhile } from "./beating.ts";

Deno.test("a member that is busy beats until it is done", async () => {
  const work = Promise.withResolvers<void>();
  let beats = 0;
  await beatingWhile(work.promise, () => {
    if (++beats === 3) work.resolve();
    // The broker may be away for one of them.
    return beats === 1 ? Promise.reject(new Error("away")) : Promise.resolve();
  }, 1);
  assertEquals(beats, 3);
});

Deno.test("what it was busy with may fail, and then it beats no more", async () => {
  let beats = 0;
  const beat = () => Promise.resolve(beats++);
  await assert.rejects(
    () => beatingWhile(Promise.reject(new Error("no")), beat, 1),
    /no/,
  );
  assertEquals(beats, 0);
});
