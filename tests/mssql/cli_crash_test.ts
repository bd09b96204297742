/**
 * From SQL Server through the CLI into a file, while the input, the output and the CLI
 * itself are killed at random: every change is in the file, each table in its order.
 *
 * CRASH_SEED repeats a run's choices, CRASH_COUNT makes tables longer.
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { type RunningProgram, startDstream } from "../e2e/support/program.ts";
import { Chance } from "../sim/chance.ts";
import { assertEquals } from "../support/assert.ts";
import type { ModelProcess } from "../support/mssql_model/model_process.ts";
import { TempFolder } from "../support/temp_folder.ts";
import type { ChangeEnvelope } from "./input_process.ts";
import { addRows, configOf, startWithTables } from "./numbered_tables.ts";

const seed = Number(Deno.env.get("CRASH_SEED") ?? Date.now() % 1_000_000);
const COUNT = Number(Deno.env.get("CRASH_COUNT") ?? 1_000);
const TABLES = ["t0", "t1", "t2", "t3"];
const LIMIT_MS = 90_000;
const OUT = "out.jsonl";

function hcl(model: ModelProcess): string {
  const keys = Object.entries(configOf(model, TABLES)).map(([key, value]) =>
    `      ${key} = ${toHcl(value)}`
  );
  return `task "crash" {
  restart {
    policy        = "on-failure"
    max_restarts  = 100
    initial_delay = "10ms"
    max_delay     = "100ms"
  }
  input {
    provider = "mssql"
    config {
${keys.join("\n")}
    }
  }
  output {
    provider = "file"
    config {
      path   = "${OUT}"
      format = "envelopes"
    }
  }
}
`;
}

/** Objects of HCL have equals signs. */
function toHcl(value: unknown): string {
  if (typeof value !== "object" || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const members = Object.entries(value!)
    .map(([key, member]) => `${key} = ${toHcl(member)}`);
  return `{ ${members.join(", ")} }`;
}

Deno.test({
  name:
    "through the CLI into a file, with everything killed at random, nothing is lost",
  // Processes are found and killed as POSIX systems have it.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using model = await startWithTables(TABLES);
    await using folder = await TempFolder.make({ "dstream.hcl": hcl(model) });
    for (const table of TABLES) await addRows(model, table, 0, COUNT, 70);
    await using round = new Round(model, folder, new Chance(seed));
    await round.run();
    const report = `seed ${seed}: ${round.kills.join(", ")}`;
    const text = await folder.read(OUT);
    const { problems, stepsBack } = judge(text);
    assertEquals([...problems, ...round.ends], [], report);
    // A death may begin each table anew at what was acknowledged.
    const most = TABLES.length * 2 * round.kills.length;
    assertEquals(stepsBack <= most, true, `${stepsBack} of ${most}, ${report}`);
    if (Deno.env.has("CRASH_REPORT")) console.log(report, { stepsBack });
    await model.expectNoFaults();
  },
});

/** Runs the CLI again and again until all is delivered. */
class Round implements AsyncDisposable {
  readonly #model: ModelProcess;
  readonly #folder: TempFolder;
  readonly #chance: Chance;
  readonly kills: string[] = [];
  /** How the CLI ended without having been killed. */
  readonly ends: string[] = [];
  #cli: RunningProgram | undefined;
  #isOver = false;

  constructor(model: ModelProcess, folder: TempFolder, chance: Chance) {
    this.#model = model;
    this.#folder = folder;
    this.#chance = chance;
  }

  async run(): Promise<void> {
    const endMs = performance.now() + LIMIT_MS;
    let nextAt = this.#drawBytes();
    while (!await this.#isStored()) {
      if (performance.now() > endMs) throw new Error(this.#log());
      this.#cli ??= this.#start();
      const sizeBytes = await this.#sizeBytes();
      if (sizeBytes >= nextAt) {
        await this.#kill();
        nextAt = sizeBytes + this.#drawBytes();
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#isOver = true;
    this.#cli?.kill("SIGTERM");
    await this.#cli?.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cli?.[Symbol.asyncDispose]();
  }

  #start(): RunningProgram {
    const args = ["run", "crash", "-l", "debug", "-f", "json"];
    const cli = startDstream(args, {
      cwd: this.#folder.path,
      timeoutMs: LIMIT_MS,
    });
    cli.finished.then(({ code, stderr }) => {
      if (this.#cli !== cli || this.#isOver) return;
      this.#cli = undefined;
      this.ends.push(`ended with ${code}, unhurt: ${stderr.slice(-1000)}`);
    }, () => {});
    return cli;
  }

  async #kill(): Promise<void> {
    // After two deaths of an output at one place the CLI looks for the envelope
    // that kills it, one by one: that has tests of its own, and takes long.
    const targets = this.kills.at(-1) === "output"
      ? ["input", "cli"] as const
      : ["input", "output", "cli"] as const;
    const target = this.#chance.pick<"input" | "output" | "cli">(targets);
    this.kills.push(target);
    const cli = this.#cli!;
    if (target !== "cli") {
      const pid = livingPid(cli.stderr, target);
      if (pid !== undefined) tryKill(pid);
      return;
    }
    this.#cli = undefined;
    await cli[Symbol.asyncDispose]();
  }

  #drawBytes(): number {
    return this.#chance.int(40_000, 400_000);
  }

  async #sizeBytes(): Promise<number> {
    const stat = await Deno.stat(this.#folder.join(OUT)).catch(() => undefined);
    return stat?.size ?? 0;
  }

  /** Whether the offsets say that nothing is left. */
  async #isStored(): Promise<boolean> {
    const { offsets, maxLsn } = await this.#model.state();
    const all = Object.values(offsets);
    return all.length === TABLES.length &&
      all.every(([lsn]) => lsn >= String(maxLsn));
  }

  #log(): string {
    return `seed ${seed}, ${this.kills.join(", ")}: never done\n${
      this.#cli?.stderr.slice(-5000)
    }`;
  }
}

/** Goes through the file as a reader who knows each number's turn. */
function judge(text: string): { problems: string[]; stepsBack: number } {
  const problems: string[] = [];
  const highest = new Map(TABLES.map((table) => [table, 0]));
  const last = new Map<string, number>();
  let stepsBack = 0;
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const { data, metadata } = JSON.parse(line) as ChangeEnvelope;
    if (metadata.OperationType !== "Insert") continue;
    const { TableName: table } = metadata;
    const n = Number(data.n);
    const most = highest.get(table)!;
    if (n > most + 1) problems.push(`${table}: ${n} after ${most}`);
    if (n <= (last.get(table) ?? 0)) stepsBack++;
    last.set(table, n);
    highest.set(table, Math.max(most, n));
  }
  for (const [table, most] of highest) {
    if (most !== COUNT) problems.push(`${table}: ${most} of ${COUNT}`);
  }
  return { problems, stepsBack };
}
