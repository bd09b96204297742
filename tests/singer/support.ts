/**
 * Tasks of a real tap and a real target, run by a real dstream.
 *
 * @module
 */

import { type SingerName, singerProgram } from "../../scripts/setup/singer.ts";
import { type Finished, startDstream } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";

import type { TempFolder } from "../support/temp_folder.ts";

/** One side of a task. */
export interface Side {
  readonly program: SingerName;
  readonly config: Readonly<Record<string, unknown>>;
  /** Further keys of the block's config. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Writes `dstream.hcl` with the task `copy`. */
export async function writeTask(
  folder: TempFolder,
  tap: Side,
  target: Side,
): Promise<void> {
  await folder.write(
    "dstream.hcl",
    `task "copy" {
  restart { max_restarts = 100 }
  input {
    provider = "singer"
    config {
      tap = ${JSON.stringify(singerProgram(tap.program))}
      tap_config = ${hcl(tap.config)}
${linesOf(tap.more)}
    }
  }
  output {
    provider = "singer"
    config {
      target = ${JSON.stringify(singerProgram(target.program))}
      target_config = ${hcl(target.config)}
${linesOf(target.more)}
    }
  }
}
`,
  );
}

/** Runs the task `copy` to its end, which must be a good one. */
export async function runTask(folder: TempFolder): Promise<Finished> {
  const finished = await runOnce(folder, async () => {});
  assert.equal(finished.code, 0, finished.stderr);
  return finished;
}

/** What may be killed: the program itself, or one that it started. */
const VICTIMS = [
  "dstream",
  "adapter of the tap",
  "adapter of the target",
  "tap",
  "target",
] as const;
type Victim = typeof VICTIMS[number];

/**
 * Runs the task `copy` while its processes are killed, dstream included, until it
 * ends well. Each of them is killed once before any of them is a second time.
 * @returns How often each was killed.
 */
export async function runKilled(
  folder: TempFolder,
  random: () => number,
  kills: number,
): Promise<Record<Victim, number>> {
  const killed = Object.fromEntries(
    VICTIMS.map((victim) => [victim, 0]),
  ) as Record<Victim, number>;
  const victims = choose(random, kills);
  for (;;) {
    const finished = await runOnce(folder, async (pid, isOver) => {
      while (victims.length > 0 && !isOver()) {
        await pause(300 + random() * 2000);
        const found = isOver() ? {} : await processesOf(pid);
        const at = victims.findIndex((victim) => found[victim] !== undefined);
        if (at < 0) continue;
        const [victim] = victims.splice(at, 1);
        kill(found[victim]!);
        killed[victim]++;
        if (victim === "dstream") return;
      }
    });
    if (finished.code === 0) return killed;
    // Before it is ready, a provider that dies ends the task.
    const wasKilled = finished.signal !== null ||
      finished.stderr.includes("before it was ready (SIGKILL)") ||
      // So does a tap that is asked for its catalog.
      /no catalog from the tap: .* died of SIGKILL/.test(finished.stderr);
    assert(wasKilled, `it failed by itself:\n${finished.stderr}`);
  }
}

/** Whom to kill, in order. A tap is through first, so its side has the first turn. */
function choose(random: () => number, kills: number): Victim[] {
  const isLate = (victim: Victim) => /dstream|target/.test(victim) ? 1 : 0;
  const victims: Victim[] = [];
  while (victims.length < kills) {
    const round = VICTIMS.map((victim) => ({ victim, at: random() }));
    round.sort((a, b) => isLate(a.victim) - isLate(b.victim) || a.at - b.at);
    victims.push(...round.map(({ victim }) => victim));
  }
  return victims.slice(0, kills);
}

async function runOnce(
  folder: TempFolder,
  meanwhile: (pid: number, isOver: () => boolean) => Promise<void>,
): Promise<Finished> {
  await using running = startDstream(["run", "copy"], {
    cwd: folder.path,
    timeoutMs: 900_000,
  });
  await running.closeStdin();
  let isOver = false;
  const finished = running.finished.finally(() => isOver = true);
  await Promise.all([meanwhile(running.pid, () => isOver), finished]);
  return await finished;
}

/** Those of the task that are there; nobody before a tap or a target is. */
async function processesOf(
  pid: number,
): Promise<Partial<Record<Victim, number>>> {
  const found: Partial<Record<Victim, number>> = {};
  for (const [adapter] of await childrenOf(pid)) {
    for (const [program, words] of await childrenOf(adapter)) {
      const name = words.includes("/target-") ? "target" : "tap";
      // Of a tap that only tells its catalog or its flags little is learnt.
      if (/ --(discover|help)\b/.test(words)) continue;
      found.dstream = pid;
      found[name] = program;
      found[`adapter of the ${name}`] = adapter;
    }
  }
  return found;
}

/** Their ids and their command lines. */
async function childrenOf(pid: number): Promise<[number, string][]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-o", "pid=,args=", "--ppid", String(pid)],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const [, id, words] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return id === undefined ? [] : [[Number(id), words]];
  });
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended on its own.
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** The same as `tap | target` of a shell. */
export async function runPipe(
  folder: TempFolder,
  tap: Side,
  target: Side,
  catalog?: string,
): Promise<void> {
  const words = ["bash", "-c", await pipeScript(folder, tap, target, catalog)];
  const { success, stderr } = await new Deno.Command(words[0], {
    args: words.slice(1),
    cwd: folder.path,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** `tap | target` for bash, which fails when one of them does. */
export async function pipeScript(
  folder: TempFolder,
  tap: Side,
  target: Side,
  catalog?: string,
): Promise<string> {
  const tapConfig = await folder.write("tap.json", JSON.stringify(tap.config));
  const targetConfig = await folder.write(
    "target.json",
    JSON.stringify(target.config),
  );
  const args = catalog === undefined ? "" : `--catalog '${catalog}'`;
  return `set -o pipefail; '${
    singerProgram(tap.program)
  }' --config '${tapConfig}' ` +
    `${args} | '${singerProgram(target.program)}' --config '${targetConfig}'`;
}

/** What a program of Python prints. */
export async function python(
  name: SingerName,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  const program = singerProgram(name).replace(/[^\\/]+$/, "python");
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: ["-c", script, ...args],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

function linesOf(values: Readonly<Record<string, unknown>> = {}): string {
  return Object.entries(values)
    .map(([key, value]) => `      ${key} = ${hcl(value)}`).join("\n");
}

/** A value as HCL has it. JSON is nearly that. */
function hcl(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(hcl).join(", ")}]`;
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value).replaceAll("${", () => "$${");
  }
  const entries = Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)} = ${hcl(each)}`);
  return `{ ${entries.join(", ")} }`;
}
