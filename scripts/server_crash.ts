/**
 * `deno task crash:family [--changes N] [--tables N] [--seed S] [--interruptions N]`:
 * SQL Server → ingesters → queue → router → topics, everything killed at random.
 * With `--servers` two servers do it all.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { runRound } from "../tests/ingester/round.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      changes: { type: "string", default: "100000" },
      tables: { type: "string", default: "8" },
      interruptions: { type: "string", default: "40" },
      servers: { type: "boolean", default: false },
      minutes: { type: "string", default: "20" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
    },
  });
  const seed = Number(values.seed);
  const report = await runRound({
    changes: Number(values.changes),
    tables: Number(values.tables),
    interruptions: Number(values.interruptions),
    areServers: values.servers,
    limitMs: Number(values.minutes) * 60_000,
    seed,
  });
  console.log(JSON.stringify({ seed, ...report }, null, 2));
  return report.problems.length === 0 ? 0 : 1;
}
