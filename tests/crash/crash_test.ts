/**
 * A few rounds of every scenario; `deno task crash --rounds 300` runs more.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { MEMORY_BOUND_BYTES, watchSpool } from "./slow_output.ts";
import { runRound } from "./round.ts";
import { SCENARIOS } from "./scenarios.ts";

const seed = Number(Deno.env.get("CRASH_SEED") ?? Date.now() % 1_000_000);

for (const [n, scenario] of SCENARIOS.entries()) {
  Deno.test({
    name: `killed at random moments: ${scenario.name}`,
    // Processes are found and killed as POSIX systems have it.
    ignore: Deno.build.os === "windows" ||
      (scenario.needs !== undefined && !needs(scenario.needs)),
    fn: async () => {
      const report = await runRound(scenario, seed + n);
      assert.deepEqual(report.problems, [], JSON.stringify(report, null, 2));
    },
  });
}

Deno.test({
  name: "256 MiB in files leave the memory within its bound",
  // It reads /proc.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { mostBytes } = await watchSpool(256 * 1024 * 1024, 120);
    assert.ok(mostBytes < MEMORY_BOUND_BYTES, `${mostBytes}`);
  },
});
