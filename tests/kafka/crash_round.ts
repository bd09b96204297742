/**
 * One round: envelopes go through a topic for each table, and back into files or on
 * into other topics, while everything on the way is killed; then what arrived is
 * counted.
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { makeTopic, range } from "../support/kafka/topic.ts";
import type { Kafka } from "../support/servers/kafka.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { copying, linesOf, TABLES, toFiles, topicsOf } from "./crash_config.ts";
import {
  Arrivals,
  assertCopied,
  assertWritten,
  EXPLAINED_MS,
  type Told,
} from "./crash_count.ts";

/** How much. */
export interface RoundOptions {
  readonly envelopes: number;
  readonly kills: number;
  readonly random: () => number;
  /** For topics and groups of its own. */
  readonly name: string;
  /** The readers write into other topics, exactly once. */
  readonly transactions?: boolean;
  /** What was written so long before or behind a kill may be there again; 5 s. */
  readonly explainedMs?: number;
}

/** What a round saw. */
export interface RoundResult {
  /** Messages that are in a topic of the writer more than once. */
  readonly doubled: number;
  /** Lines that are in the files more than once. */
  readonly repeats: number;
  readonly killsBefore: number;
  readonly kills: readonly string[];
}

const LIMIT_MS = 1_800_000;
const COPY_MS = 900_000;
const PAUSE_MS = 200;
const FEED_PAUSE_MS = 150;

/** @throws {Error} When something is lost, out of order or doubled without a kill. */
export async function crashRound(
  server: Kafka,
  options: RoundOptions,
): Promise<RoundResult> {
  const { envelopes, kills, random, name } = options;
  const { transactions = false, explainedMs = EXPLAINED_MS } = options;
  for (const topic of range(TABLES).flatMap((table) => topicsOf(name, table))) {
    await makeTopic(server, topic, { partitions: 3 });
  }
  await using folder = await TempFolder.make();
  await folder.write("source.jsonl", "");
  const configuration = transactions ? copying : toFiles;
  await folder.write("dstream.hcl", configuration(server, name));
  const told: Told[] = [];
  const runner = (task: string) => new Runner(folder, task, told);
  const writer = runner("write");
  const readers = [runner("one"), runner("two")];
  const others = transactions ? [runner("check")] : [];
  const all = [writer, ...readers, ...others];
  for (const each of all) each.start();
  const files = transactions ? ["check.jsonl"] : ["one.jsonl", "two.jsonl"];
  const arrivals = new Arrivals(folder, files);
  const deadlineMs = performance.now() + LIMIT_MS;
  const feeding = feed(folder, envelopes, kills);
  let left = kills;
  let before = 0;
  for (let now = 0; now < envelopes; now = await arrivals.count()) {
    if (performance.now() > deadlineMs) {
      const said = all.map((each) => each.tail).join("\n");
      throw new Error(`only ${await arrivals.count()} arrived\n${said}`);
    }
    await pause(PAUSE_MS + random() * PAUSE_MS);
    for (const each of all) each.revive();
    // Something flows, so that it is cut off.
    if (left > 0 && now > before) {
      left--;
      before = now;
      await interrupt(server, writer, readers, random, told);
    }
  }
  await feeding;
  await writer.stop();
  // What it wrote twice at the end is copied, too.
  if (transactions) await untilCopied(server, name, all);
  for (const each of all) await each.stop();
  const doubled = await assertWritten(
    server,
    name,
    envelopes,
    told,
    explainedMs,
  );
  const repeats = await arrivals.assertOrder();
  const done = told.map(({ what }) => what);
  const killsBefore = done.filter((what) => what.startsWith("write")).length;
  return { doubled, repeats, killsBefore, kills: done };
}

/** @throws When what is in one topic does not get into the other. */
async function untilCopied(
  server: Kafka,
  name: string,
  all: readonly Runner[],
): Promise<void> {
  const endMs = performance.now() + COPY_MS;
  for (;;) {
    try {
      return await assertCopied(server, name);
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    for (const each of all.slice(1)) each.revive();
    await pause(PAUSE_MS);
  }
}

/** Writes the source bit by bit, so that it flows all the time. */
async function feed(
  folder: TempFolder,
  envelopes: number,
  kills: number,
): Promise<void> {
  const steps = kills * 8;
  for (const step of range(steps)) {
    const from = Math.floor(envelopes * step / steps);
    const to = Math.floor(envelopes * (step + 1) / steps);
    await Deno.writeTextFile(folder.join("source.jsonl"), linesOf(from, to), {
      append: true,
    });
    await pause(FEED_PAUSE_MS);
  }
}

/** One of all that can go wrong. */
async function interrupt(
  server: Kafka,
  writer: Runner,
  readers: readonly Runner[],
  random: () => number,
  told: Told[],
): Promise<void> {
  const [one, other] = random() < 0.5 ? readers : [...readers].reverse();
  const tell = (what: string) => told.push({ what, atMs: Date.now() });
  switch (Math.floor(random() * 7)) {
    case 0:
      tell("broker");
      await server.process.kill();
      return await server.process.restart();
    case 1:
      return await writer.kill();
    case 2:
      return writer.killSide(random() < 0.5 ? "input" : "output");
    case 3:
      return await one.kill();
    case 4:
      return one.killSide(random() < 0.5 ? "input" : "output");
    case 5: // goes in peace, and comes back: two rebalances
      tell(`${other.task} stops`);
      await other.stop();
      return other.start();
    default:
      tell("broker stops");
      await server.process.stop();
      return await server.process.restart();
  }
}

/** One task, started again whenever it has ended. */
class Runner {
  #run: ReturnType<typeof startDstream> | undefined;
  #isOver = false;
  #isDone = false;

  constructor(
    private readonly folder: TempFolder,
    readonly task: string,
    private readonly told: Told[],
  ) {}

  get tail(): string {
    return `${this.task}: ${this.#run?.stderr.slice(-2000)}`;
  }

  start(): void {
    const run = startDstream(
      ["run", this.task, "--log-level", "debug", "--log-format", "json"],
      { cwd: this.folder.path, timeoutMs: LIMIT_MS },
    );
    this.#run = run;
    this.#isOver = this.#isDone = false;
    const over = (isDone: boolean) => {
      if (this.#run !== run) return;
      this.#isOver = true;
      this.#isDone = isDone;
    };
    // A run that prints at debug level where it failed is refused; it is over too.
    run.finished.then(({ code }) => over(code === 0), () => over(false));
  }

  /** As a service manager would. */
  revive(): void {
    if (this.#isOver && !this.#isDone) this.start();
  }

  async kill(): Promise<void> {
    if (this.#isOver) return;
    this.#tell("killed");
    this.#run?.kill("SIGKILL");
    await this.#run?.finished.catch(() => {});
    this.start();
  }

  killSide(side: "input" | "output"): void {
    const pid = livingPid(this.#run?.stderr ?? "", side);
    if (pid === undefined) return;
    this.#tell(`${side} killed`);
    tryKill(pid);
  }

  async stop(): Promise<void> {
    this.#run?.kill("SIGTERM");
    await this.#run?.finished.catch(() => {});
  }

  #tell(what: string): void {
    this.told.push({ what: `${this.task} ${what}`, atMs: Date.now() });
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, delayMs));
}
