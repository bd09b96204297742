/**
 * The built-in providers through the CLI, timed as a user would: from the start of
 * the command to its end, three processes included.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { programArgv } from "../../tests/e2e/support/program.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { digest } from "../compile/checksums.ts";
import { median, renderTable, show } from "./table.ts";

/** One pipeline of built-ins. */
interface Journey {
  readonly title: string;
  readonly envelopes: number;
  readonly bytes: number;
  readonly runs: number;
  readonly hcl: string;
  /** The file it writes, a line per envelope; removed before each run. */
  readonly output?: string;
  /** What that must then be, byte for byte. */
  readonly original?: string;
  /** Fewer fail the bench. */
  readonly leastPerS?: number;
}

interface Outcome {
  readonly journey: Journey;
  readonly seconds: number | undefined;
}

const SIZE_BYTES = 500;

/** @returns Tables, as Markdown, and whether each pipeline was fast enough. */
export async function renderBuiltIns(
  isQuick: boolean,
  isWanted: (title: string) => boolean,
  folder: TempFolder,
): Promise<{ tables: string[]; isGood: boolean }> {
  const tables: string[] = [];
  const title = "Built-in providers";
  const outcomes: Outcome[] = [];
  for (const journey of journeys(isQuick, folder)) {
    if (!isWanted(title) && !isWanted(journey.title)) continue;
    outcomes.push({ journey, seconds: await time(journey) });
  }
  if (outcomes.length > 0) tables.push(`### ${title}\n\n${render(outcomes)}`);
  const firstTitle = "Start-up: counter to console";
  if (isWanted(firstTitle)) {
    const ms = await timeFirstMessage(isQuick ? 5 : 11, folder);
    tables.push(
      `### ${firstTitle}\n\nFirst \`Message #1\` after ${show(ms, 1)} ms.`,
    );
  }
  return { tables, isGood: outcomes.every(isFastEnough) };
}

function isFastEnough({ journey, seconds }: Outcome): boolean {
  const { title, envelopes, leastPerS = 0 } = journey;
  const perS = seconds === undefined ? 0 : envelopes / seconds;
  if (perS >= leastPerS) return true;
  console.error(`${title}: ${show(perS)}/s; ${show(leastPerS)}/s are wanted`);
  return false;
}

function journeys(isQuick: boolean, folder: TempFolder): Journey[] {
  const runs = isQuick ? 1 : 3;
  const envelopes = isQuick ? 400_000 : 2_000_000;
  const bytes = envelopes * SIZE_BYTES;
  const from = folder.join("from.jsonl");
  const to = folder.join("to.jsonl");
  return [
    {
      title: "generate → null",
      envelopes,
      bytes,
      runs,
      hcl: task(
        generate(envelopes),
        `provider = "null"`,
      ),
    },
    {
      title: "generate → filter → null",
      envelopes,
      bytes,
      runs,
      hcl: task(generate(envelopes), `provider = "null"`, FILTER),
    },
    {
      title: "generate → filter, map → null",
      envelopes,
      bytes,
      runs,
      hcl: task(generate(envelopes), `provider = "null"`, FILTER + MAP),
    },
    {
      title: "generate → file",
      envelopes,
      bytes,
      runs: 1,
      hcl: task(
        generate(envelopes),
        file(from),
      ),
      output: from,
    },
    {
      title: "file → file",
      envelopes,
      bytes,
      runs,
      hcl: task(file(from), file(to)),
      output: to,
      original: from,
    },
    refused(isQuick ? 100_000 : 400_000, runs, folder),
  ];
}

const REFUSE_ALL = fileURLToPath(
  new URL("../../tests/bench/refuse_all.ts", import.meta.url),
);

/** Every envelope becomes a dead letter. */
function refused(envelopes: number, runs: number, folder: TempFolder): Journey {
  const letters = folder.join("letters.jsonl");
  const refusing = `provider_path = ${JSON.stringify(Deno.execPath())}
    args = ["run", "-A", "--no-check", "--quiet", ${
    JSON.stringify(REFUSE_ALL)
  }]`;
  const deadLetters = `dead_letter {\n ${file(letters)}\n}\n`;
  return {
    title: "generate → refused → file of dead letters",
    envelopes,
    bytes: envelopes * SIZE_BYTES,
    runs,
    hcl: task(generate(envelopes), refusing, deadLetters),
    output: letters,
    leastPerS: 20_000,
  };
}

function generate(count: number): string {
  return `provider = "generate"\n config {\n count = ${count}\n size = ${SIZE_BYTES}\n }`;
}

/** Everything passes, so that what is measured is the looking. */
const FILTER = `transform {
  filter {
    where = "metadata.seq >= 0"
  }
}
`;

const MAP = `transform {
  map {
    set = { "metadata.next" = "metadata.seq + 1" }
  }
}
`;

function file(path: string): string {
  return `provider = "file"\n config {\n path = ${JSON.stringify(path)}\n }`;
}

function task(input: string, output: string, transforms = ""): string {
  return `task "bench" {
  input {
    ${input}
  }
  output {
    ${output}
  }
${transforms}}
`;
}

async function time(journey: Journey): Promise<number | undefined> {
  const seconds: number[] = [];
  for (let run = 0; run < journey.runs; run++) {
    // A folder of its own: beside dstream.hcl lies where an input goes on from.
    await using own = await TempFolder.make({ "dstream.hcl": journey.hcl });
    await Deno.remove(journey.output ?? "").catch(() => {});
    const started = performance.now();
    const argv = programArgv(["run", "-c", own.path, "bench"]);
    const { success, stderr } = await new Deno.Command(argv[0], {
      args: argv.slice(1),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const ended = performance.now();
    const problem = success
      ? await findProblem(journey)
      : new TextDecoder().decode(stderr);
    if (problem === undefined) seconds.push((ended - started) / 1e3);
    else console.error(`${journey.title}: ${problem}`);
  }
  return median(seconds);
}

function render(outcomes: readonly Outcome[]): string {
  const perS = (amount: number, { seconds }: Outcome) =>
    show(seconds === undefined ? undefined : amount / seconds);
  return renderTable<Outcome>([
    { heading: "", cell: ({ journey }) => journey.title },
    { heading: "whole run, s", cell: ({ seconds }) => show(seconds, 2) },
    { heading: "envelopes/s", cell: (one) => perS(one.journey.envelopes, one) },
    { heading: "MB/s", cell: (one) => perS(one.journey.bytes / 1e6, one) },
  ], outcomes);
}

async function findProblem(
  { output, original, envelopes }: Journey,
): Promise<string | undefined> {
  if (output === undefined) return;
  const lines = await countLines(output);
  if (lines !== envelopes) return `${lines} of ${envelopes} lines in ${output}`;
  if (original === undefined) return;
  const isSame = await digest(output) === await digest(original);
  return isSame ? undefined : `${output} is not what ${original} is`;
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    let at = chunk.indexOf(10);
    for (; at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  }
  return count;
}

async function timeFirstMessage(
  runs: number,
  folder: TempFolder,
): Promise<number | undefined> {
  const hcl = await folder.write(
    "first.hcl",
    task(
      `provider = "counter"\n config {\n interval = 1\n max_count = 1\n }`,
      `provider = "console"`,
    ),
  );
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await firstByteMs(hcl));
  return median(times);
}

async function firstByteMs(hcl: string): Promise<number> {
  const argv = programArgv(["run", "-c", hcl, "bench"]);
  const started = performance.now();
  await using child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const ms = performance.now() - started;
  while (!(await reader.read()).done);
  await child.status;
  return done ? NaN : ms;
}
