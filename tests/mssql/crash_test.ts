/**
 * Two inputs share eight tables by locks of the database, while both are killed and
 * connections are lost at random: every change arrives, each table in its order.
 *
 * The seed of a run is in its report; CRASH_SEED replays its choices (not the
 * machine's timing).
 *
 * @module
 */

import { Chance } from "../sim/chance.ts";
import { assertEquals } from "../support/assert.ts";
import type { ModelProcess } from "../support/mssql_model/model_process.ts";
import { Arrivals } from "./arrivals.ts";
import { InputProcess } from "./input_process.ts";
import { addRows, configOf, startWithTables } from "./numbered_tables.ts";
import { until } from "../support/until.ts";

const seed = Number(Deno.env.get("CRASH_SEED") ?? Date.now() % 1_000_000);
const TABLES = Array.from({ length: 8 }, (_, n) => `t${n}`);
const COUNT = Number(Deno.env.get("CRASH_COUNT") ?? 1_000);
/** Rows a table has that no input has read. */
const AHEAD = 400;
const LIMIT_MS = 60_000;

Deno.test("killed and cut off at random, two inputs lose nothing and keep each table's order", async () => {
  const chance = new Chance(seed);
  await using model = await startWithTables(TABLES);
  const arrivals = new Arrivals(({ data }) => Number(data.n));
  await using pair = new Pair(model, arrivals);
  let interruptions = 0;
  let made = 0;
  let nextAt = drawDistance(chance);
  let widened = 0;
  let nextSchemaAt = drawDistance(chance);
  const endMs = performance.now() + LIMIT_MS;
  while (arrivals.total < COUNT * TABLES.length) {
    if (performance.now() > endMs) break;
    // The source is always ahead, so that every death finds something open.
    if (made < COUNT && arrivals.total > (made - AHEAD) * TABLES.length) {
      made += await addToAll(model, made, chance);
    }
    // By what arrived and not by the clock: there is progress between any two.
    if (arrivals.total >= nextAt) {
      interruptions += await disturb(pair, model, chance);
      nextAt = arrivals.total + drawDistance(chance);
    }
    if (arrivals.total >= nextSchemaAt) {
      await widen(model, TABLES[widened++]);
      nextSchemaAt = widened < TABLES.length / 2
        ? arrivals.total + drawDistance(chance)
        : Infinity;
    }
    await pause(2);
  }
  const report = `seed ${seed}, ${interruptions} interruptions, ` +
    `${arrivals.duplicates} duplicates\n${pair.log}`;
  assertEquals(arrivals.problems(TABLES, COUNT, interruptions), [], report);
  if (Deno.env.has("CRASH_REPORT")) console.log(report);
  await model.tell({ do: "calm" });
  // Whoever has the tables now may have to read again what another delivered.
  await until(() => areStored(model, arrivals), () => pair.log);
  await pair.stop();
  await model.expectNoFaults();
});

/** How many changes arrive until the next interruption. */
function drawDistance(chance: Chance): number {
  return chance.int(50, 1500);
}

/** A column more, and a second capture instance that has it. */
async function widen(model: ModelProcess, table: string): Promise<void> {
  const column = { name: "more", type: "int" };
  await model.tell({ do: "add_column", table, column });
  await model.tell({ do: "enable_table", table, name: `${table}_wider` });
}

/** Some rows more in every table. @returns How many. */
async function addToAll(
  model: ModelProcess,
  made: number,
  chance: Chance,
): Promise<number> {
  const count = Math.min(chance.int(1, 150), COUNT - made);
  for (const table of TABLES) {
    await addRows(model, table, made, count, chance.int(1, 150));
  }
  return count;
}

/** A kill, a lost connection or an error. @returns 1, for counting. */
async function disturb(
  pair: Pair,
  model: ModelProcess,
  chance: Chance,
): Promise<number> {
  const what = chance.pick(["kill", "kill", "drop", "deadlock", "cut"]);
  if (what === "kill") pair.kill(chance.int(0, 1));
  if (what === "drop") await model.tell({ do: "drop" });
  const point = chance.pick(["start", "in_rows", "after_rows"] as const);
  if (what === "cut") {
    // Also with half an answer sent.
    await model.tell({ do: "interrupt", tag: "changes", point });
  }
  if (what === "deadlock") {
    const error = { number: 1205, message: "deadlocked" };
    const tag = chance.pick(["changes", "poll", "move offsets", "take offset"]);
    const hasPoints = tag === "changes";
    await model.tell({
      do: "interrupt",
      tag,
      error,
      point: hasPoints ? point : "start",
    });
  }
  return 1;
}

/** Whether nothing would come again. */
async function areStored(
  model: ModelProcess,
  arrivals: Arrivals,
): Promise<boolean> {
  const { offsets } = await model.state();
  return TABLES.every((table) => {
    const [last] = arrivals.newest(table)!.split("/");
    const [stored] = offsets[table];
    return digits(stored) >= digits(last);
  });
}

/** Of an LSN, with 0x or without. */
function digits(lsn: string): string {
  return lsn.toUpperCase().replace(/^0X/, "");
}

/** Two inputs; one that ends is started again. */
class Pair implements AsyncDisposable {
  readonly #model: ModelProcess;
  readonly #arrivals: Arrivals;
  readonly #inputs: InputProcess[] = [];
  readonly #acknowledging: ReturnType<typeof setInterval>;
  #isStopping = false;
  #ends = "";

  constructor(model: ModelProcess, arrivals: Arrivals) {
    this.#model = model;
    this.#arrivals = arrivals;
    this.#start(0);
    this.#start(1);
    this.#acknowledging = setInterval(() => {
      // Destinations lag behind, so that deaths find something open.
      for (const input of this.#inputs) input.acknowledge(Math.random() ** 2);
    }, 20);
  }

  /** How inputs ended, and what those that live said. */
  get log(): string {
    return `${this.#ends}\n${
      this.#inputs.map(({ stderr }) => stderr.slice(-3000)).join("\n---\n")
    }`;
  }

  kill(which: number): void {
    this.#inputs[which].kill();
  }

  async stop(): Promise<void> {
    // One that hasn't begun has nothing to finish, and says so with another code.
    await Promise.all(this.#inputs.map(({ ready }) => ready));
    this.#isStopping = true;
    for (const input of this.#inputs) {
      input.acknowledge();
      input.stop();
    }
    const codes = await Promise.all(this.#inputs.map(({ ended }) => ended));
    assertEquals(codes, [0, 0], this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#acknowledging);
    for (const input of this.#inputs) await input[Symbol.asyncDispose]();
  }

  #start(which: number): void {
    const input = new InputProcess(
      configOf(this.#model, TABLES),
      this.#arrivals,
    );
    this.#inputs[which] = input;
    input.ended.then((code) => {
      this.#ends += `${which} ended with ${code}\n`;
      if (!this.#isStopping) this.#start(which);
    });
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
