/**
 * From SQL Server to the topics while everything is killed: two ingesters share the
 * tables, a router empties the queue, and all of their processes die at random.
 *
 * @module
 */

import { Chance } from "../sim/chance.ts";
import { addRows, startWithTables } from "../mssql/numbered_tables.ts";
import type { ModelProcess } from "../support/mssql_model/model_process.ts";
import { BusProcess } from "./bus_process.ts";
import { serverConfig, serverEnv, topicOf } from "./server_config.ts";
import { Member, type MemberOptions, type Part } from "./member.ts";
import { TopicLedger } from "./topic_ledger.ts";
import { TopicReader } from "./topic_reader.ts";

/** How much of it. */
export interface RoundOptions {
  /** Of all tables together. */
  readonly changes: number;
  readonly tables: number;
  readonly seed: number;
  /** Two ingesters and a router, unless two servers that are both of it. */
  readonly areServers?: boolean;
  /** About so many interruptions. */
  readonly interruptions: number;
  readonly limitMs: number;
}

/** What became of it. */
export interface RoundReport {
  readonly problems: readonly string[];
  readonly changes: number;
  readonly duplicates: number;
  readonly stepsBack: number;
  /** The most of these that the interruptions explain. */
  readonly mostStepsBack: number;
  readonly interruptions: Readonly<Record<string, number>>;
  readonly seconds: number;
}

type Program = readonly [command: MemberOptions["command"], name: string];
const APART: readonly Program[] = [
  ["ingester", "ingester 1"],
  ["ingester", "ingester 2"],
  ["router", "router"],
];
const SERVERS: readonly Program[] = [
  ["server", "server 1"],
  ["server", "server 2"],
];

const ROWS_PER_TRANSACTION = 25;
const TICK_MS = 10;

/** Runs one round to its end. */
export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const names = Array.from({ length: options.tables }, (_, i) => `t${i}`);
  const ofTable = Math.ceil(options.changes / options.tables);
  await using model = await startWithTables(names);
  await using bus = await BusProcess.start();
  for (const name of names) {
    await addRows(model, name, 0, ofTable, ROWS_PER_TRANSACTION);
  }
  const topics = names.map(topicOf);
  const ledger = new TopicLedger(topics, ofTable);
  using _reader = new TopicReader(bus.port, topics, (one) => ledger.add(one));
  const start = (command: MemberOptions["command"], name: string) =>
    Member.start({
      command,
      name,
      limitMs: options.limitMs,
      config: serverConfig({ model, bus }, names),
      env: serverEnv({ model, bus }),
    });
  await using stack = new AsyncDisposableStack();
  const programs = options.areServers ? SERVERS : APART;
  const members: Member[] = [];
  for (const [command, name] of programs) {
    members.push(stack.use(await start(command, name)));
  }
  const round = new Round(options, members, model, ledger);
  const seconds = await round.run();
  const faults = (await model.state()).faults;
  return round.report(seconds, faults);
}

class Round {
  readonly #options: RoundOptions;
  readonly #members: readonly Member[];
  readonly #model: ModelProcess;
  readonly #ledger: TopicLedger;
  readonly #chance: Chance;
  readonly #counts = new Map<string, number>();
  readonly #problems: string[] = [];
  #lastOutput: Member | undefined;
  #interruptions = 0;

  constructor(
    options: RoundOptions,
    members: readonly Member[],
    model: ModelProcess,
    ledger: TopicLedger,
  ) {
    this.#options = options;
    this.#members = members;
    this.#model = model;
    this.#ledger = ledger;
    this.#chance = new Chance(options.seed);
  }

  /** @returns How long it took. */
  async run(): Promise<number> {
    const startMs = performance.now();
    const endMs = startMs + this.#options.limitMs;
    let nextAt = this.#draw();
    while (!this.#ledger.isComplete) {
      if (performance.now() > endMs) {
        this.#problems.push(`not complete: ${this.#ledger}`);
        for (const { name, log } of this.#members) {
          this.#problems.push(`${name}: ${log.slice(-1500)}`);
        }
        break;
      }
      // By what arrived and not by the clock: there is progress between any two.
      if (this.#ledger.total >= nextAt) {
        await this.#disturb();
        nextAt = this.#ledger.total + this.#draw();
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    const seconds = (performance.now() - startMs) / 1000;
    await this.#stopAll();
    return seconds;
  }

  report(seconds: number, faults: readonly string[]): RoundReport {
    const { duplicates, stepsBack, total, problems } = this.#ledger;
    // A death may begin each table anew at what was acknowledged: once where it
    // is read again, and once where its messages are routed again.
    const mostStepsBack = 2 * this.#options.tables *
      (this.#interruptions + this.#ends.length);
    const tooMany = stepsBack > mostStepsBack
      ? [`${stepsBack} repeats; at most ${mostStepsBack} are explained`]
      : [];
    return {
      problems: [...problems, ...this.#problems, ...tooMany, ...faults],
      changes: total,
      duplicates,
      stepsBack,
      mostStepsBack,
      interruptions: Object.fromEntries(this.#counts),
      seconds: Math.round(seconds * 10) / 10,
    };
  }

  get #ends(): string[] {
    return this.#members.flatMap(({ ends }) => ends);
  }

  /** How many changes arrive until the next interruption. */
  #draw(): number {
    const { changes, interruptions } = this.#options;
    const middle = changes / (interruptions + 1);
    return this.#chance.int(Math.ceil(middle * 0.5), Math.ceil(middle * 1.5));
  }

  async #disturb(): Promise<void> {
    const what = this.#chance.pick(
      ["input", "input", "output", "output", "cli", "hand over", "locks"],
    );
    const member = this.#chance.pick(this.#members);
    if (what === "locks") {
      await this.#model.tell({ do: "drop", holdsLocks: true });
      return this.#count("lock connections dropped");
    }
    if (what === "hand over") {
      member.handOver();
      return this.#count(`${member.name} stopped`);
    }
    // After two deaths of an output at one place the CLI looks for the envelope
    // that kills it, one by one: that has tests of its own, and takes long.
    const isAgain = what === "output" && this.#lastOutput === member;
    const part: Part = isAgain ? "input" : what as Part;
    if (what === "output") this.#lastOutput = isAgain ? undefined : member;
    // One that was never ready is given up, as it should be.
    if (part !== "cli" && !member.isReady) return;
    if (member.kill(part)) this.#count(`${member.name} ${part} killed`);
  }

  #count(what: string): void {
    this.#interruptions++;
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  async #stopAll(): Promise<void> {
    const codes = await Promise.all(this.#members.map((one) => one.stop()));
    const wrong = codes.filter((code) => code !== 143 && code !== 0);
    if (wrong.length > 0) this.#problems.push(`exit statuses ${codes}`);
    this.#problems.push(...this.#ends);
  }
}
