/**
 * Millions of lines from file to file, both providers killed every second.
 *
 * @module
 */

import { startDstream } from "../e2e/support/program.ts";
import { Chance } from "../sim/chance.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { livingPid, tryKill } from "./processes.ts";

/** What came of it. */
export interface ManyLinesReport {
  readonly lines: number;
  readonly seconds: number;
  readonly kills: number;
  readonly duplicates: number;
  /** What the run report says there may be. */
  readonly possibleDuplicates: number;
  readonly problems: readonly string[];
}

const LINES_PER_WRITE = 100_000;
const PAD = "x".repeat(80);
const LIMIT_MS = 15 * 60_000;

const CONFIG = `
task "many" {
  input {
    provider = "file"
    config {
      path = "in.jsonl"
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
  restart {
    max_restarts  = 100000
    initial_delay = "10ms"
    max_delay     = "100ms"
  }
}
`;

/** Moves the lines, killing at random within every second. */
export async function moveManyLines(
  lines: number,
  seed: number,
): Promise<ManyLinesReport> {
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIG });
  await writeLines(folder.join("in.jsonl"), lines);
  const chance = new Chance(seed);
  const startedMs = performance.now();
  const args = ["run", "many", "-l", "debug", "-f", "json"];
  await using run = startDstream([...args, "--report", "report.json"], {
    cwd: folder.path,
    timeoutMs: LIMIT_MS,
  });
  let kills = 0;
  const kill = (side: "input" | "output") => {
    const pid = livingPid(run.stderr, side);
    if (pid === undefined) return;
    tryKill(pid);
    kills++;
  };
  const timer = setInterval(() => {
    setTimeout(() => kill("input"), chance.int(0, 900));
    setTimeout(() => kill("output"), chance.int(0, 900));
  }, 1000);
  const { code, stderr } = await run.finished.finally(() =>
    clearInterval(timer)
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const report = JSON.parse(await folder.read("report.json"));
  const possibleDuplicates = report.tasks[0].counters.possible_duplicates;
  const { problems, duplicates } = await checkLines(
    folder.join("out.jsonl"),
    lines,
  );
  if (code !== 0) problems.push(`ended with ${code}: ${stderr.slice(-1000)}`);
  if (duplicates > possibleDuplicates) {
    problems.push(`${duplicates} duplicates, ${possibleDuplicates} reported`);
  }
  return { lines, seconds, kills, duplicates, possibleDuplicates, problems };
}

async function writeLines(path: string, lines: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const encoder = new TextEncoder();
  for (let n = 1; n <= lines;) {
    let text = "";
    const end = Math.min(n + LINES_PER_WRITE, lines + 1);
    for (; n < end; n++) text += `{"n":${n},"pad":"${PAD}"}\n`;
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
  }
}

/** Every number in order; one that came before may come again. */
async function checkLines(path: string, lines: number) {
  const problems: string[] = [];
  let upTo = 0;
  let duplicates = 0;
  let rest = "";
  using file = await Deno.open(path);
  const decoder = new TextDecoderStream() as TransformStream<
    Uint8Array,
    string
  >;
  for await (const chunk of file.readable.pipeThrough(decoder)) {
    const texts = (rest + chunk).split("\n");
    rest = texts.pop()!;
    for (const text of texts) {
      const { n } = JSON.parse(text);
      if (n <= upTo) duplicates++;
      else if (n === upTo + 1) upTo = n;
      else problems.push(`${n} after ${upTo}`);
      if (problems.length > 10) return { problems, duplicates };
    }
  }
  if (upTo !== lines) problems.push(`${upTo} of ${lines} arrived`);
  if (rest !== "") problems.push(`half a line at the end: ${rest}`);
  return { problems, duplicates };
}
