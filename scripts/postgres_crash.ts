/**
 * Works on a Postgres database while everything that reads it is killed, and
 * compares what arrived with what the database holds.
 *
 * `--rounds N`, `--seed S`, `--statements N`. Needs `deno task setup postgres`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { crashRound } from "../tests/postgres/crash_round.ts";
import { randomFrom } from "../tests/support/random.ts";
import { startPostgres } from "../tests/support/servers/postgres.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      statements: { type: "string", default: "500" },
    },
  });
  await using server = await startPostgres({ wal_level: "logical" });
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = Number(values.seed) + round;
    const { changes, repeats, kills } = await crashRound(
      server,
      `round${round}`,
      {
        statements: Number(values.statements),
        kills: 12,
        random: randomFrom(seed),
      },
    );
    console.log(
      `round ${round + 1} seed ${seed}: ${changes} changes, ` +
        `${kills} interruptions, ${repeats} repeats, equal`,
    );
  }
}
