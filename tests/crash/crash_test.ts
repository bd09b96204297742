/**
 * A few rounds of every scenario; `deno task crash --rounds 300` runs more.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
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
