/**
 * Sends rows into Parquet files while everything is killed, and counts them.
 *
 * `--rounds N`, `--rows N`, `--seed S`, `--source rest` (an API with faults). Needs `deno task setup versitygw parquet`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { assertEachOnce, lakeRound } from "../tests/objects/lake_round.ts";
import { randomFrom } from "../tests/support/random.ts";
import { FaultyApi } from "../tests/support/rest/faulty_api.ts";
import { startVersitygw } from "../tests/support/servers/versitygw.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      rows: { type: "string", default: "200000" },
      source: { type: "string", default: "generate" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
    },
  });
  const rows = Number(values.rows);
  await using server = await startVersitygw();
  await using api = new FaultyApi(rows, randomFrom(Number(values.seed)));
  const input = values.source === "rest" ? api.inputBlock : undefined;
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = Number(values.seed) + round;
    const { counts, kills } = await lakeRound(server, {
      bucket: `round-${round}`,
      rows,
      killEveryMs: 1500,
      mostKills: 100,
      random: randomFrom(seed),
      input,
      config: 'max_bytes = "256KiB"\nmax_age = "500ms"',
    });
    assertEachOnce(counts, rows);
    console.log(
      `round ${round + 1} seed ${seed}: ${rows} rows once each in ` +
        `${counts.sizes.length} files, killed: ${JSON.stringify(kills)}`,
    );
  }
}
