/**
 * One round: a task whose processes are killed at random moments, run again until
 * it completes, and looked at after every run.
 *
 * Kills are SIGKILLs of real processes. Their times and targets come from the seed;
 * when they hit depends on the machine.
 *
 * @module
 */

import { startDstream } from "../e2e/support/program.ts";
import { Chance } from "../sim/chance.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { type Arrivals, checkArrivals, readArrivals } from "./arrivals.ts";
import { livingPid, tryKill } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";

/** What came of a round. */
export interface RoundReport {
  readonly scenario: string;
  readonly seed: number;
  /** How each run of the CLI ended. */
  readonly runs: readonly string[];
  /** Who was killed when, in words. */
  readonly kills: readonly string[];
  readonly duplicates: number;
  readonly durationMs: number;
  /** What should not be. */
  readonly problems: readonly string[];
}

type Target = "input" | "output" | "both" | "cli";

interface Kill {
  readonly target: Target;
  /** From the start of the CLI, or from the first time its input was ready. */
  readonly from: "start" | "ready";
  readonly afterMs: number;
}

const MOST_RUNS = 12;
const RUNS_WITH_KILLS = 3;
/** A run in which nothing moves for so long hangs; a slow machine is slow only. */
const HANGS_MS = 60_000;
const LOOK_MS = 1000;
const RUN_LIMIT_MS = 15 * 60_000;
const TARGETS: readonly Target[] = ["input", "output", "output", "both", "cli"];

/** Runs one round. Never rejects for what the program does. */
export async function runRound(
  scenario: Scenario,
  seed: number,
): Promise<RoundReport> {
  await using folder = await TempFolder.make({
    "dstream.hcl": scenario.config,
    ...scenario.files?.(),
  });
  return await new Round(scenario, seed, folder).run();
}

class Round {
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #folder: TempFolder;
  readonly #runs: string[] = [];
  readonly #kills: string[] = [];
  readonly #problems: string[] = [];
  #duplicates = 0;

  constructor(scenario: Scenario, seed: number, folder: TempFolder) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#chance = new Chance(seed);
    this.#folder = folder;
  }

  async run(): Promise<RoundReport> {
    const startedMs = performance.now();
    for (let run = 0; run < MOST_RUNS; run++) {
      const least = run === 0 ? 1 : 0;
      const kills = run < RUNS_WITH_KILLS ? this.#drawKills(least) : [];
      const isDone = await this.#runOnce(kills);
      await this.#look(isDone);
      if (isDone || this.#problems.length > 0) break;
      if (run === MOST_RUNS - 1) this.#problems.push("never completed");
    }
    return {
      scenario: this.#scenario.name,
      seed: this.#seed,
      runs: this.#runs,
      kills: this.#kills,
      duplicates: this.#duplicates,
      durationMs: performance.now() - startedMs,
      problems: this.#problems,
    };
  }

  #drawKills(least: number): Kill[] {
    const chance = this.#chance;
    const count = chance.int(least, 4);
    return Array.from({ length: count }, () => {
      const from = chance.hits(0.15) ? "start" : "ready";
      const afterMs = chance.int(0, 1200);
      return { target: chance.pick(TARGETS), from, afterMs };
    });
  }

  /** @returns Whether it completed. */
  async #runOnce(kills: readonly Kill[]): Promise<boolean> {
    const before = this.#kills.length;
    const args = ["run", "crash", "-l", "debug", "-f", "json"];
    const run = startDstream(args, {
      cwd: this.#folder.path,
      timeoutMs: RUN_LIMIT_MS,
    });
    await using _run = run;
    await run.closeStdin();
    const timers = this.#plan(run, kills);
    using watch = this.#watch(run);
    try {
      const { code, signal, stderr } = await run.finished;
      if (watch.hangs) throw new Error(`nothing moved any more\n${stderr}`);
      this.#runs.push(signal ?? String(code));
      const wasHit = this.#kills.length > before;
      if (code !== 0 && !wasHit) {
        const tail = stderr.split("\n").slice(-8).join("\n");
        this.#problems.push(`ended with ${signal ?? code}, unhurt: ${tail}`);
      }
      return code === 0;
    } catch (error) {
      this.#problems.push(`hangs: ${String(error).slice(-3000)}`);
      return false;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** Ends a run in which nothing moves. */
  #watch(run: Running): Disposable & { readonly hangs: boolean } {
    let seen = "";
    let movedMs = performance.now();
    let hangs = false;
    const look = async () => {
      const sign = await this.#signOfLife(run);
      if (sign !== seen) movedMs = performance.now();
      seen = sign;
      hangs = performance.now() - movedMs > HANGS_MS;
      if (hangs) run.kill();
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    return {
      get hangs() {
        return hangs;
      },
      [Symbol.dispose]: () => clearInterval(timer),
    };
  }

  /** What arrived, and how many processes were started for it. */
  async #signOfLife({ stderr }: Running): Promise<string> {
    const sizes = ["out", "dead"].map(async (name) =>
      (await Deno.stat(this.#folder.join(name)).catch(() => undefined))?.size
    );
    const starts = stderr.split('"message":"started"').length;
    return [...await Promise.all(sizes), starts].join(" ");
  }

  #plan(run: Running, kills: readonly Kill[]): Set<Timer> {
    const timers = new Set<Timer>();
    const plan = (kill: Kill) =>
      timers.add(setTimeout(() => this.#kill(run, kill), kill.afterMs));
    kills.filter(({ from }) => from === "start").forEach(plan);
    run.waitFor(/"source":"input [^"]+","message":"ready"/, "stderr").then(
      () => kills.filter(({ from }) => from === "ready").forEach(plan),
      () => {}, // it ended before
    );
    return timers;
  }

  #kill(run: Running, { target, afterMs, from }: Kill): void {
    const pids = target === "cli"
      ? [run.pid]
      : target === "both"
      ? [livingPid(run.stderr, "input"), livingPid(run.stderr, "output")]
      : [livingPid(run.stderr, target)];
    const living = pids.filter((pid) => pid !== undefined);
    if (living.length === 0) return;
    const when = `${afterMs} ms after ${from}`;
    this.#kills.push(`run ${this.#runs.length}: ${target} ${when}`);
    for (const pid of living) tryKill(pid);
  }

  async #look(isDone: boolean): Promise<void> {
    // What the CLI left behind ends by itself; then the destination is still.
    const found = await stillArrivals(this.#scenario, this.#folder.path);
    const { problems, duplicates } = checkArrivals(this.#scenario, found, {
      isDone,
      interruptions: 2 * this.#kills.length + this.#runs.length,
      hasKills: this.#kills.length > 0,
    });
    this.#problems.push(...problems);
    this.#duplicates = duplicates;
  }
}

type Timer = ReturnType<typeof setTimeout>;
type Running = ReturnType<typeof startDstream>;

/** Looks twice: a provider of a killed CLI may still be writing. */
async function stillArrivals(
  scenario: Scenario,
  folder: string,
): Promise<Arrivals> {
  for (let before = -1, look = 0;; look++) {
    const found = await readArrivals(scenario, folder);
    if (found.bytes === before || look === 50) return found;
    before = found.bytes;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
