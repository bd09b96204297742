/**
 * One input takes a table over from another: after a kill, a stop, a lost lock, and
 * from one that was asleep and doesn't know that it lost it.
 *
 * @module
 */

import { takeLock } from "../../providers/mssql/input/statements/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ask } from "../support/mssql_model/ask.ts";
import type { ModelProcess } from "../support/mssql_model/model_process.ts";
import { Client } from "../support/tds/client.ts";
import { Arrivals } from "./arrivals.ts";
import { InputProcess } from "./input_process.ts";
import { addRows, configOf, startWithTables } from "./numbered_tables.ts";
import { until } from "../support/until.ts";

const TABLES = ["t0", "t1"];

/** "0x0000002A" and "0000002a" are one LSN. */
function digits(lsn: string): string {
  return lsn.replace(/^0x/i, "").toLowerCase();
}

/** A model and inputs that all tell the same listener. */
class Stage implements AsyncDisposable {
  readonly arrivals = new Arrivals(({ data }) => Number(data.n));
  readonly #inputs: InputProcess[] = [];

  private constructor(readonly model: ModelProcess) {}

  static async make(): Promise<Stage> {
    return new Stage(await startWithTables(TABLES));
  }

  /** An input that said it is ready. */
  async start(): Promise<InputProcess> {
    const config = configOf(this.model, TABLES);
    const input = new InputProcess(config, this.arrivals);
    this.#inputs.push(input);
    await input.ready;
    return input;
  }

  async add(from: number, count: number): Promise<void> {
    for (const table of TABLES) await addRows(this.model, table, from, count);
  }

  /** Acknowledges until all of so many have come. */
  async untilArrived(count: number): Promise<void> {
    await until(() => {
      for (const input of this.#inputs) input.acknowledge();
      return TABLES.every((table) => this.arrivals.count(table) >= count);
    }, () => this.log);
  }

  /**
   * Waits until the offsets say that nothing that came would come again. That of a
   * table in which nothing happens follows the others only every half minute.
   */
  async untilStored(): Promise<void> {
    await until(async () => {
      const { offsets } = await this.model.state();
      const stored = Object.entries(offsets);
      return TABLES.every((table) =>
        stored.some(([name, [lsn]]) =>
          name.endsWith(table) &&
          digits(lsn) >= digits(this.arrivals.lastLsn(table))
        )
      );
    }, () => this.log);
  }

  /** Waits until so many tables are locked. */
  async untilLocked(count: number): Promise<void> {
    await until(async () => {
      const { locks } = await this.model.state();
      return Object.keys(locks).length === count;
    }, () => this.log);
  }

  expectAll(count: number, interruptions: number): void {
    const problems = this.arrivals.problems(TABLES, count, interruptions);
    assertEquals(problems, [], this.log);
  }

  get log(): string {
    return this.#inputs.map(({ stderr }) => stderr).join("\n---\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const input of this.#inputs) await input[Symbol.asyncDispose]();
    await this.model[Symbol.asyncDispose]();
  }
}

Deno.test("an input that is stopped hands its tables over without a repeat", async () => {
  await using stage = await Stage.make();
  const first = await stage.start();
  await stage.untilLocked(2);
  const second = await stage.start();
  await stage.add(0, 50);
  await stage.untilArrived(50);
  first.acknowledge();
  first.stop();
  assertEquals(await first.ended, 0, stage.log);
  await stage.add(50, 50);
  await stage.untilArrived(100);
  stage.expectAll(100, 0);
  assertEquals(stage.arrivals.duplicates, 0);
  assert.ok(second.received > 0);
  await stage.model.expectNoFaults();
});

Deno.test("the last offsets are stored although a deadlock hits their statement", async () => {
  await using stage = await Stage.make();
  const input = await stage.start();
  await stage.untilLocked(2);
  await stage.add(0, 50);
  await until(() => input.received >= 100, () => stage.log);
  const error = { number: 1205, message: "deadlocked" };
  await stage.model.tell({ do: "interrupt", tag: "move offsets", error });
  input.acknowledge();
  input.stop();
  assertEquals(await input.ended, 0, stage.log);
  await stage.untilStored();
  await stage.model.expectNoFaults();
});

Deno.test("tables of an input that was killed are read on by another", async () => {
  await using stage = await Stage.make();
  const first = await stage.start();
  await stage.untilLocked(2);
  await stage.start();
  await stage.add(0, 50);
  await stage.untilArrived(50);
  await stage.untilStored();
  first.kill();
  await stage.add(50, 50);
  await stage.untilArrived(100);
  stage.expectAll(100, 1);
  // What was stored before the kill doesn't come again.
  assertEquals(stage.arrivals.duplicates, 0);
  await stage.model.expectNoFaults();
});

Deno.test("an input that hasn't the lock waits without reading the table", async () => {
  await using stage = await Stage.make();
  const first = await stage.start();
  await stage.untilLocked(2);
  const { user, password, port } = stage.model.started;
  const { locks } = await stage.model.state();
  const options = { user, password, database: "shop" };
  await using client = await Client.connect(port, options);
  first.kill();
  await first.ended;
  await stage.untilLocked(0);
  for (const lock of Object.keys(locks)) await ask(client, takeLock(lock));

  await stage.start();
  const before = (await stage.model.state()).counts;
  await until(async () => {
    const { counts } = await stage.model.state();
    return counts["take lock"] > before["take lock"] + 2;
  }, () => stage.log);
  const after = (await stage.model.state()).counts;
  for (const tag of ["poll", "changes", "take offset", "move offsets"]) {
    assertEquals(after[tag], before[tag], tag);
  }
  await stage.model.expectNoFaults();
});

Deno.test("a lost lock connection stops its tables until a lock is had again", async () => {
  await using stage = await Stage.make();
  await stage.start();
  await stage.untilLocked(2);
  await stage.add(0, 50);
  await stage.untilArrived(50);
  await stage.model.tell({ do: "drop", holdsLocks: true });
  await stage.add(50, 50);
  await stage.untilArrived(100);
  stage.expectAll(100, 1);
  await stage.untilLocked(2);
  await stage.model.expectNoFaults();
});

Deno.test({
  name: "an input that slept through the loss of its lock moves no offset back",
  // There is no SIGSTOP on Windows.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using stage = await Stage.make();
    const first = await stage.start();
    await stage.untilLocked(2);
    await stage.add(0, 50);
    await until(() => first.received >= 100, () => stage.log);
    first.signal("SIGSTOP");
    // It has these acknowledgements before it when it wakes up.
    first.acknowledge();
    await stage.model.tell({ do: "drop" });
    await stage.start();
    await stage.add(50, 50);
    await stage.untilArrived(100);
    await stage.untilStored();
    const { offsets: stored } = await stage.model.state();
    first.signal("SIGCONT");
    await until(() => /lost|taken/.test(first.stderr), () => stage.log);
    const { offsets } = await stage.model.state();
    for (const [table, [lsn]] of Object.entries(stored)) {
      assert.ok(
        offsets[table][0] >= lsn,
        `${table}: ${offsets[table]}, ${lsn}`,
      );
    }
    stage.expectAll(100, 2);
    await stage.model.expectNoFaults();
  },
});
