/**
 * All that a commit on main must pass, in a few lines: `deno task ok`.
 *
 * Each step has a line; only one that fails says more. The quick steps all run; the
 * tests, which take minutes, only when those are well.
 *
 * @module
 */

import { Dots } from "./ok/dots.ts";
import { SKIPPED } from "./test.ts";

/** A command of this Deno. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const QUICK: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check"] },
  { name: "imports", args: ["run", "-A", "scripts/check_layers.ts"] },
];

const TESTS: readonly Step[] = [
  { name: "tests", args: ["task", "test", "--reporter=dot"] },
  { name: "docs", args: ["task", "test:docs", "--reporter=dot"] },
];

if (import.meta.main) {
  // Ctrl-C reaches the step as well; this says which one it was.
  Deno.addSignalListener("SIGINT", () => {});
  const quick = await runAll(QUICK);
  const slow = quick.length === 0 ? await runAll(TESTS) : [];
  const failed = [...quick, ...slow];
  if (quick.length > 0) console.log("the tests were not run");
  if (failed.length > 0) console.log(`failed: ${failed.join(", ")}`);
  Deno.exit(failed.length === 0 ? 0 : 1);
}

/** @returns The names of those that failed. */
async function runAll(steps: readonly Step[]): Promise<string[]> {
  const failed: string[] = [];
  for (const step of steps) {
    if (!await runStep(step)) failed.push(step.name);
  }
  return failed;
}

async function runStep({ name, args }: Step): Promise<boolean> {
  write(`${name} `);
  const dots = new Dots(write);
  const process = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success }] = await Promise.all([
    process.status,
    readLines(process.stdout, (line) => dots.add(line)),
    readLines(process.stderr, (line) => dots.add(line)),
  ]);
  write(`${dots.summary ?? (success ? "ok" : "FAILED")}\n`);
  const skipped = dots.rest.split("\n")
    .filter((line) => line.startsWith(SKIPPED));
  for (const line of success ? skipped : [dots.rest]) console.log(line);
  return success;
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (
    const text of stream.pipeThrough(
      new TextDecoderStream() as TransformStream<Uint8Array, string>,
    )
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line.replace(/\r$/, ""));
  }
  if (rest !== "") take(rest);
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
