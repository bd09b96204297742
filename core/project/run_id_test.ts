import { assertEquals } from "../../tests/support/assert.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { newRunId } from "./run_id.ts";

Deno.test("newRunId() is a ULID: time first, then chance", () => {
  // The example of the ULID specification: this moment is 01ARYZ6S41.
  const clock = new FakeClock(1469918176385);
  assertEquals(
    newRunId(clock, { next: () => 0.5 }),
    "01ARYZ6S41" + "G".repeat(16),
  );
  assertEquals(newRunId(clock, { next: () => 0.999999 }).at(-1), "Z");
});
