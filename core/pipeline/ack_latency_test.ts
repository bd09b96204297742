import { assertEquals } from "../../tests/support/assert.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { AckLatency } from "./ack_latency.ts";

/** How many were counted at each bound that has any. */
function filled(latency: AckLatency): Record<string, number> {
  const entries = latency.boundsSeconds
    .map((bound, i) => [String(bound), latency.counts[i]] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

Deno.test("one envelope at a time is timed, from its write to its settling", async () => {
  const clock = new FakeClock();
  const latency = new AckLatency(clock);
  latency.handed(10);
  await clock.advance(20);
  latency.handed(20); // not timed: 10 is
  latency.settled(9);
  assertEquals(latency.count, 0);
  await clock.advance(20);
  latency.settled(15); // past 10, after 40 ms
  latency.settled(20); // nobody was timed
  assertEquals(latency.count, 1);
  assertEquals(filled(latency), { "0.05": 1 });
  latency.handed(30);
  await clock.advance(90_000);
  latency.settled(30); // beyond every bound
  assertEquals(latency.count, 2);
  assertEquals(filled(latency), { "0.05": 1 });
  assertEquals(latency.sumSeconds, 90.04);
});
