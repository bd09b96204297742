import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { AckLatency } from "./ack_latency.ts";

Deno.test("every chunk is counted once, when its last envelope is settled", () => {
  const latency = new AckLatency();
  latency.handed(10, 0);
  latency.handed(20, 100);
  latency.settled(9, 500);
  assert.equal(latency.count, 0);
  latency.settled(20, 1100);
  assert.equal(latency.count, 2);
  assert.equal(latency.sumSeconds, 2.1);
  const at = (bound: number) =>
    latency.counts[latency.boundsSeconds.indexOf(bound)];
  assertEquals([at(1), at(2.5)], [1, 1]);
});
