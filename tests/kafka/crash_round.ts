/**
 * One round: envelopes go through a topic for each table and back into files, while
 * everything on the way is killed; then what arrived is counted.
 *
 * file → `kafka` output → broker → `kafka` input, twice in one group → two files
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { type Message, readTopic } from "../support/kafka/read_topic.ts";
import { makeTopic, range } from "../support/kafka/topic.ts";
import type { Kafka } from "../support/servers/kafka.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** How much. */
export interface RoundOptions {
  readonly envelopes: number;
  readonly kills: number;
  readonly random: () => number;
  /** For topics and groups of its own. */
  readonly name: string;
}

/** What a round saw. */
export interface RoundResult {
  /** Messages that are in a topic more than once. */
  readonly doubled: number;
  /** Lines that are in the files more than once. */
  readonly repeats: number;
  readonly killsBefore: number;
  readonly kills: readonly string[];
}

const TABLES = 8;
const KEYS = 50;
const WINDOW_ENVELOPES = 2000;
/** The window, and what lies between two states of the file input: up to 1 MiB. */
const MOST_REPLAYED = WINDOW_ENVELOPES + 2 * 6500;
const LIMIT_MS = 900_000;
const PAUSE_MS = 200;
const FEED_PAUSE_MS = 150;

/** @throws {Error} When something is lost, out of order or doubled without a kill. */
export async function crashRound(
  server: Kafka,
  { envelopes, kills, random, name }: RoundOptions,
): Promise<RoundResult> {
  for (const table of range(TABLES)) {
    await makeTopic(server, `${name}.t${table}`, { partitions: 3 });
  }
  await using folder = await TempFolder.make();
  await folder.write("source.jsonl", "");
  await folder.write("dstream.hcl", configuration(server, name));
  const told: string[] = [];
  const writer = new Runner(folder, "write", told);
  const readers = ["one", "two"].map((task) => new Runner(folder, task, told));
  const all = [writer, ...readers];
  for (const runner of all) runner.start();
  const arrivals = new Arrivals(folder);
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
    for (const runner of all) runner.revive();
    // Something flows, so that it is cut off.
    if (left > 0 && now > before) {
      left--;
      before = now;
      await interrupt(server, writer, readers, random, told);
    }
  }
  await feeding;
  for (const runner of all) await runner.stop();
  const topics = await Promise.all(
    range(TABLES).map((table) =>
      readTopic(server.bootstrap, `${name}.t${table}`)
    ),
  );
  const doubled = assertTopics(topics, envelopes);
  const killsBefore = told.filter((what) => /^write/.test(what)).length;
  if (doubled > killsBefore * MOST_REPLAYED) {
    throw new Error(`${doubled} are doubled by ${killsBefore} kills`);
  }
  const repeats = await arrivals.assertOrder();
  return { doubled, repeats, killsBefore, kills: told };
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
  told: string[],
): Promise<void> {
  const [one, other] = random() < 0.5 ? readers : [...readers].reverse();
  switch (Math.floor(random() * 7)) {
    case 0:
      told.push("broker");
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
      told.push(`${other.task} stops`);
      await other.stop();
      return other.start();
    default:
      told.push("broker stops");
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
    private readonly told: string[],
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
    this.#isOver = false;
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
    this.told.push(`${this.task} killed`);
    this.#run?.kill("SIGKILL");
    await this.#run?.finished.catch(() => {});
    this.start();
  }

  killSide(side: "input" | "output"): void {
    const pid = livingPid(this.#run?.stderr ?? "", side);
    if (pid === undefined) return;
    this.told.push(`${this.task} ${side} killed`);
    tryKill(pid);
  }

  async stop(): Promise<void> {
    this.#run?.kill("SIGTERM");
    await this.#run?.finished.catch(() => {});
  }
}

/** The lines of both files, and which numbers are in them. */
class Arrivals {
  constructor(private readonly folder: TempFolder) {}

  async count(): Promise<number> {
    const numbers = new Set<number>();
    for (const file of await this.#files()) {
      for (const { n } of file) numbers.add(n);
    }
    return numbers.size;
  }

  /** @returns How many lines are there more than once. */
  async assertOrder(): Promise<number> {
    const numbers = new Set<number>();
    let lines = 0;
    for (const file of await this.#files()) {
      assertFirstInOrder(file);
      for (const { n } of file) numbers.add(n);
      lines += file.length;
    }
    return lines - numbers.size;
  }

  async #files(): Promise<Row[][]> {
    const names = ["one.jsonl", "two.jsonl"];
    return await Promise.all(names.map(async (name) => {
      const text = await this.folder.read(name).catch(() => "");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      return whole.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    }));
  }
}

interface Row {
  readonly id: number;
  readonly n: number;
  readonly t: number;
}

/** Each number in its topic; a smaller one only where it was there before. */
function assertTopics(
  topics: readonly (readonly Message[])[],
  envelopes: number,
): number {
  const numbers = new Set<number>();
  let messages = 0;
  for (const topic of topics) {
    const rows: Row[] = topic.map(({ value }) => JSON.parse(value!));
    assertFirstInOrder(rows);
    for (const { n } of rows) numbers.add(n);
    messages += rows.length;
  }
  if (numbers.size !== envelopes) {
    throw new Error(`${numbers.size} of ${envelopes} are in the topics`);
  }
  return messages - numbers.size;
}

/** A row's changes appear in order; repeats of what was there are none. */
function assertFirstInOrder(rows: readonly Row[]): void {
  const last = new Map<string, number>();
  const seen = new Set<number>();
  for (const { id, n, t } of rows) {
    const key = `${t}/${id}`;
    if (!seen.has(n) && n < (last.get(key) ?? -1)) {
      throw new Error(`${key}: ${n} came after ${last.get(key)}`);
    }
    seen.add(n);
    last.set(key, Math.max(n, last.get(key) ?? -1));
  }
}

function linesOf(from: number, to: number): string {
  const lines = range(to - from).map((step) => {
    const n = from + step;
    const t = n % TABLES;
    const data = {
      id: Math.floor(n / TABLES) % KEYS,
      n,
      t,
      text: "x".repeat(80),
    };
    const metadata = { table: `t${t}`, operation: "update", key: ["id"] };
    return `${JSON.stringify({ data, metadata })}\n`;
  });
  return lines.join("");
}

function configuration({ bootstrap }: Kafka, name: string): string {
  const servers = `bootstrap_servers = "${bootstrap}"`;
  const always = `  restart {
    max_restarts  = 1000
    initial_delay = "50ms"
    max_delay     = "500ms"
  }
  delivery {
    window_envelopes = ${WINDOW_ENVELOPES}
  }
`;
  const reader = (task: string) =>
    `task "${task}" {
  input {
    provider = "kafka"
    config {
      ${servers}
      topic_pattern   = "${name}\\\\.t.*"
      group           = "${name}"
      session_timeout = "6s"
    }
  }
  output {
    provider = "file"
    config {
      path = "${task}.jsonl"
    }
  }
${always}}
`;
  return `task "write" {
  input {
    provider = "file"
    config {
      path   = "source.jsonl"
      format = "envelopes"
      follow = true
    }
  }
  output {
    provider = "kafka"
    config {
      ${servers}
      topic_prefix = "${name}"
    }
  }
${always}}
${reader("one")}${reader("two")}`;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, delayMs));
}
