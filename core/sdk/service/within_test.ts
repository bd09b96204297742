import { assert } from "../../../tests/support/assert.ts";
import { within } from "./within.ts";

Deno.test("within() returns with the work, its failure, or when it is late", async () => {
  const startedMs = performance.now();
  await within(60_000, Promise.resolve());
  await within(60_000, Promise.reject(new Error("gone")));
  await within(10, new Promise(() => {}));
  assert.ok(performance.now() - startedMs < 30_000);
});
