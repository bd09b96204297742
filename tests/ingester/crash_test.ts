/**
 * Two ingesters, a queue, a router and topics, with every process killed at random.
 *
 * CRASH_SEED repeats a run's choices, CRASH_CHANGES makes it longer or shorter; `deno task
 * crash:family` makes it longer
 * (docs/ingester.md has the numbers of a long run).
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { runRound } from "./round.ts";

const CHANGES = Number(Deno.env.get("CRASH_CHANGES") ?? 40_000);
const seed = Number(Deno.env.get("CRASH_SEED") ?? Date.now() % 1_000_000);

Deno.test({
  name:
    "killed at random from SQL Server to the topics, nothing is lost, and each table keeps its order",
  // Processes are found and killed as POSIX systems have it.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const report = await runRound({
      changes: CHANGES,
      tables: 8,
      interruptions: 16,
      seed,
      // Alone it takes less than two minutes.
      limitMs: 480_000,
    });
    assertEquals(report.problems, [], JSON.stringify({ seed, ...report }));
    assertEquals(report.changes, CHANGES);
  },
});
