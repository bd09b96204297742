/**
 * Two ingesters, a queue, a router and topics, with every process killed at random.
 *
 * CRASH_SEED repeats a run's choices; `deno task crash:family` makes it longer
 * (docs/ingester.md has the numbers of a long run).
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { runRound } from "./round.ts";

const seed = Number(Deno.env.get("CRASH_SEED") ?? Date.now() % 1_000_000);

Deno.test({
  name:
    "killed at random from SQL Server to the topics, nothing is lost, and each table keeps its order",
  // Processes are found and killed as POSIX systems have it.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const report = await runRound({
      ...{ changes: 8000, tables: 8, interruptions: 6, seed },
      limitMs: 180_000,
    });
    assertEquals(report.problems, [], JSON.stringify({ seed, ...report }));
    assertEquals(report.changes, 8000);
  },
});
