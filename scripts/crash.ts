/**
 * `deno task crash --rounds N [--seed S] [--scenario TEXT]`
 *
 * A round that fails prints its seed; `--rounds 1 --seed THAT` draws the same kills
 * of the same scenario again.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { hasProgram } from "../tests/crash/programs.ts";
import { type RoundReport, runRound } from "../tests/crash/round.ts";
import { SCENARIOS } from "../tests/crash/scenarios.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "50" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      scenario: { type: "string", default: "" },
    },
  });
  const first = Number(values.seed);
  const there = SCENARIOS.filter(({ needs }) => hasProgram(needs));
  const reports: RoundReport[] = [];
  for (let seed = first; seed < first + Number(values.rounds); seed++) {
    const scenario = there[seed % there.length];
    if (!scenario.name.includes(values.scenario)) continue;
    const report = await runRound(scenario, seed);
    reports.push(report);
    if (report.problems.length > 0) {
      console.log(JSON.stringify(report, null, 2));
    } else console.log(line(report));
  }
  return summarize(reports);
}

function line({ seed, scenario, runs, kills, duplicates }: RoundReport) {
  return `seed ${seed}  ${scenario}: runs ended ${runs.join(", ")}; ` +
    `${kills.length} kills, ${duplicates} duplicates`;
}

function summarize(reports: readonly RoundReport[]): number {
  const sum = (value: (report: RoundReport) => number) =>
    reports.reduce((total, report) => total + value(report), 0);
  const failed = reports.filter(({ problems }) => problems.length > 0);
  console.log(
    `${reports.length} rounds, ${sum(({ runs }) => runs.length)} runs, ` +
      `${sum(({ kills }) => kills.length)} kills, ` +
      `${sum(({ duplicates }) => duplicates)} duplicates, ` +
      `${Math.round(sum(({ durationMs }) => durationMs) / 1000)} s`,
  );
  console.log(
    failed.length === 0
      ? "every promise kept"
      : `FAILED: seeds ${failed.map(({ seed }) => seed).join(", ")}`,
  );
  return failed.length === 0 ? 0 : 1;
}
