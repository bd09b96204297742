/**
 * Postgres → Postgres while everything between them is killed; then both databases
 * are compared. With `--to file` the lines that arrived are put together instead.
 *
 * `--rounds N`, `--seed S`, `--changes N`. Needs `deno task setup postgres`. A round
 * in which nothing arrives for five minutes counts as missed, and the next begins;
 * one that differs ends the run.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { crashRound } from "../tests/postgres/crash_round.ts";
import { Missed, tablesRound } from "../tests/postgres/tables_round.ts";
import { randomFrom } from "../tests/support/random.ts";
import {
  type Postgres,
  startPostgres,
} from "../tests/support/servers/postgres.ts";

const KILLS = 12;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      changes: { type: "string", default: "100000" },
      to: { type: "string", default: "postgres" },
    },
  });
  await using server = await startPostgres({ wal_level: "logical" });
  const play = values.to === "file" ? linesRound : databasesRound;
  let missed = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = Number(values.seed) + round;
    const title = `round ${round + 1} seed ${seed}`;
    try {
      const told = await play(server, `round${round}`, {
        changes: Number(values.changes),
        random: randomFrom(seed),
      });
      console.log(`${title}: ${told}, equal`);
    } catch (error) {
      if (!(error instanceof Missed)) throw error;
      missed++;
      console.log(`${title}: missed, not compared: ${error.message}`);
    }
  }
  if (missed === 0) return;
  console.log(`${missed} of ${values.rounds} rounds missed their time`);
  Deno.exitCode = 1;
}

interface Round {
  readonly changes: number;
  readonly random: () => number;
}

async function databasesRound(server: Postgres, name: string, round: Round) {
  const { changes, kills, rereads } = await tablesRound(server, name, {
    ...round,
    rows: 3000,
    kills: KILLS,
  });
  const killed = Object.entries(kills).map(([kind, count]) =>
    `${count} ${kind}`
  );
  return `${changes} changes, ${rereads} tables read again, killed ` +
    killed.join(", ");
}

async function linesRound(server: Postgres, name: string, round: Round) {
  const { changes, repeats, kills } = await crashRound(server, name, {
    random: round.random,
    statements: Math.ceil(round.changes / 20),
    kills: KILLS,
  });
  return `${changes} changes, ${kills} interruptions, ${repeats} repeats`;
}
