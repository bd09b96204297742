/**
 * `deno task bench`: how fast dstream moves envelopes, beside what bounds it.
 *
 *   deno task bench [--quick] [--sizes 100,500] [--runs N] [--bytes N] [--only TEXT]
 *                   [--relay plain] [--peer NAME=COMMAND]… [--json FILE]
 *                   [--write docs/performance.md]
 *
 * Prints Markdown; `--write` puts it into a page, between two comments. Everything is measured on the same bytes in the same run, by
 * turns. `DSTREAM_EXE=path` measures that executable instead of the source.
 * Needs Linux and a C compiler; how to read the numbers is in docs/performance.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { renderBuiltIns } from "./bench/built_ins.ts";
import {
  cats,
  type Contestant,
  cRelay,
  custom,
  dstream,
  largePipe,
  pipe,
  plainDstream,
} from "./bench/contestants.ts";
import { describeMachine } from "./bench/machine.ts";
import { buildPrograms, type Programs } from "./bench/programs.ts";
import {
  type Effort,
  race,
  renderLatency,
  renderStart,
  renderThroughput,
  type Section,
} from "./bench/sections.ts";
import { runTool } from "./compile/tool.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    sizes: { type: "string" },
    runs: { type: "string" },
    bytes: { type: "string" },
    only: { type: "string", default: "" },
    relay: { type: "string" },
    peer: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    write: { type: "string" },
  },
});

const LATENCY_RATE = 1000;
const LATENCY_SECONDS = flags.quick ? 2 : 5;
/** A write per envelope costs its microsecond whatever is in between. */
const MAX_COUNT = { block: 12_000_000, line: 2_000_000 };
const sizes = (flags.sizes ?? (flags.quick ? "500" : "100,500,2000,65536"))
  .split(",").map(Number);
const runBytes = Number(flags.bytes ?? (flags.quick ? 120e6 : 1.2e9));
const effort: Effort = flags.quick
  ? { runs: Number(flags.runs ?? 3), warmups: 0 }
  : { runs: Number(flags.runs ?? 5), warmups: 1 };
const BASES = [cRelay, largePipe, pipe, cats].map(({ name }) => name);

const ours = flags.relay === "plain" ? [plainDstream] : [dstream, plainDstream];
const peers = flags.peer.map(custom);
const sections: Section[] = [];
const printed: string[] = [];

/** Whether `--only` asks for a section of this title. */
function isWanted(title: string): boolean {
  return title.toLowerCase().includes(flags.only.toLowerCase());
}

async function throughput(
  sizeBytes: number,
  mode: "block" | "line",
  programs: Programs,
  folder: TempFolder,
): Promise<void> {
  const title = `Throughput: ${sizeBytes} B, ${mode} writes`;
  if (!isWanted(title)) return;
  const count = Math.floor(Math.min(runBytes / sizeBytes, MAX_COUNT[mode]));
  const dataFile = await writeData(programs, folder, sizeBytes, count);
  const load = { count, sizeBytes, mode, dataFile };
  // What reads a file doesn't depend on how an input writes.
  const bounds = [pipe, largePipe, ...(mode === "block" ? [cats] : []), cRelay];
  const contestants = [...bounds, ...ours, ...peers];
  const section = await race(title, contestants, load, programs, effort);
  report(section, renderThroughput(section, BASES));
}

async function latency(programs: Programs): Promise<void> {
  const title = `Latency: 500 B at ${LATENCY_RATE}/s`;
  if (!isWanted(title)) return;
  const load = {
    count: LATENCY_RATE * LATENCY_SECONDS,
    sizeBytes: 500,
    mode: "line" as const,
    rate: LATENCY_RATE,
    dataFile: "",
  };
  const contestants = [pipe, cRelay, ...ours, ...peers];
  const section = await race(title, contestants, load, programs, effort);
  report(section, renderLatency(section));
}

async function start(programs: Programs): Promise<void> {
  const title = "Start-up: one envelope";
  if (!isWanted(title)) return;
  const load = {
    count: 1,
    sizeBytes: 500,
    mode: "block" as const,
    dataFile: "",
  };
  const contestants: Contestant[] = [pipe, cRelay, ...ours, ...peers];
  const twice = { runs: effort.runs * 2 + 1, warmups: 1 };
  const section = await race(title, contestants, load, programs, twice);
  report(section, renderStart(section));
}

function report(section: Section, table: string): void {
  sections.push(section);
  print(table);
}

function print(text: string): void {
  printed.push(text);
  console.log(`${text}\n`);
}

/** Replaces what stands between `<!-- bench -->` and `<!-- /bench -->`. */
async function writeInto(page: string): Promise<void> {
  const text = await Deno.readTextFile(page);
  const place = /(?<=<!-- bench -->\n)[\s\S]*(?=<!-- \/bench -->)/;
  if (!place.test(text)) throw new Error(`${page} has no place for tables`);
  const tables = `\n${printed.join("\n\n")}\n\n`;
  await Deno.writeTextFile(page, text.replace(place, () => tables));
  await runTool(Deno.execPath(), ["fmt", page], { cwd: Deno.cwd() });
}

/** The same envelopes the input writes, as a file; only the newest is kept. */
async function writeData(
  programs: Programs,
  folder: TempFolder,
  size: number,
  count: number,
): Promise<string> {
  const path = folder.join("data.jsonl");
  using file = await Deno.create(path);
  const { stdout } = new Deno.Command(programs.input, {
    env: { BENCH_CONFIG: JSON.stringify({ size, count }) },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  await stdout.pipeTo(file.writable);
  return path;
}

if (import.meta.main) {
  const programs = await buildPrograms();
  await using folder = await TempFolder.make();
  print(await describeMachine());
  for (const mode of ["block", "line"] as const) {
    for (const size of sizes) await throughput(size, mode, programs, folder);
  }
  await latency(programs);
  await start(programs);
  const builtIns = await renderBuiltIns(flags.quick, isWanted, folder);
  for (const table of builtIns.tables) print(table);
  if (flags.json !== undefined) {
    await Deno.writeTextFile(flags.json, JSON.stringify(sections, null, 2));
  }
  if (flags.write !== undefined) await writeInto(flags.write);
  Deno.exit(sections.every(isComplete) && builtIns.isGood ? 0 : 1);
}

function isComplete({ entries }: Section): boolean {
  return entries.every(({ runs }) => runs.every((run) => run.isGood));
}
