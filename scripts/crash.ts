/**
 * `deno task crash --rounds N [--seed S] [--scenario TEXT]`, or
 * `--lines N`: so many lines from file to file, both providers killed each second,
 * or `--spool GIB`: its memory while files hold so much back, or
 * `--memory SECONDS`: the CLI's memory before an output 1,000 times slower.
 *
 * A round that fails prints its seed; `--rounds 1 --seed THAT` draws the same kills
 * of the same scenario again.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { moveManyLines } from "../tests/crash/many_lines.ts";
import { type RoundReport, runRound } from "../tests/crash/round.ts";
import { SCENARIOS } from "../tests/crash/scenarios.ts";
import {
  MEMORY_BOUND_BYTES,
  watchMemory,
  watchSpool,
} from "../tests/crash/slow_output.ts";
import { findProgram } from "./setup/programs.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "50" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      scenario: { type: "string", default: "" },
      lines: { type: "string" },
      memory: { type: "string" },
      spool: { type: "string" },
    },
  });
  if (values.memory !== undefined) return await memory(Number(values.memory));
  if (values.spool !== undefined) return await spool(Number(values.spool));
  if (values.lines !== undefined) {
    return await manyLines(Number(values.lines), Number(values.seed));
  }
  return await rounds(values);
}

async function memory(seconds: number): Promise<number> {
  let code = 0;
  for (const readsAhead of [false, true]) {
    const report = await watchMemory(seconds, readsAhead);
    const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
    console.log(
      `${readsAhead ? "full window" : "full pipe"}, ${seconds} s: ` +
        `at most ${mib(report.mostBytes)}, ${mib(report.middleBytes)} in the ` +
        `middle, ${mib(report.lastBytes)} at the end, ${report.taken} taken`,
    );
    if (report.mostBytes > MEMORY_BOUND_BYTES) code = 1;
  }
  return code;
}

async function spool(gib: number): Promise<number> {
  const report = await watchSpool(gib * 2 ** 30, 600);
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${mib(report.spooledBytes)} in files after ${report.seconds} s: ` +
      `at most ${mib(report.mostBytes)} of memory`,
  );
  return report.mostBytes > MEMORY_BOUND_BYTES ? 1 : 0;
}

async function manyLines(lines: number, seed: number): Promise<number> {
  const report = await moveManyLines(lines, seed);
  console.log(JSON.stringify(report, null, 2));
  return report.problems.length === 0 ? 0 : 1;
}

async function rounds(
  values: { rounds: string; seed: string; scenario: string },
): Promise<number> {
  const first = Number(values.seed);
  const there = SCENARIOS.filter(({ needs }) =>
    needs === undefined || findProgram(needs) !== undefined
  );
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
