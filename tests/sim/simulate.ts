/**
 * One world from one seed, from its first envelope to its last.
 *
 * Runs of the CLI follow each other, killed, stopped, failed, until one ends with
 * everything delivered. After some of them the world becomes calm, so that it has
 * to come to that.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { StateStore } from "../../core/pipeline/mod.ts";
import type { StoredStates } from "../../core/pipeline/states/state_store.ts";
import type { Launch } from "../../core/ports/mod.ts";
import { Chance } from "./chance.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { SimCli } from "./sim_cli.ts";
import { SimClock } from "./sim_clock.ts";
import { SimInput } from "./sim_input.ts";
import { SimOutput } from "./sim_output.ts";
import { SimProcess } from "./sim_process.ts";
import { BrokenPromise, Truth } from "./truth.ts";

/** What a world came to. */
export interface Story {
  readonly seed: number;
  readonly plan: Plan;
  readonly runs: readonly string[];
  readonly steps: number;
  readonly arrivals: number;
  readonly duplicates: number;
  readonly broken?: BrokenPromise;
  readonly log: readonly string[];
}

const MAX_STEPS = 200_000;
const MAX_HOURS = 24;
const CHAOTIC_RUNS = 5;
const HOUR_MS = 3_600_000;

/** Lives through one world. Never rejects: what broke is told. */
export async function simulate(
  seed: number,
  change: Partial<Plan> = {},
): Promise<Story> {
  return await new World(seed, change).live();
}

class World {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #plan: Plan;
  readonly #clock = new SimClock();
  readonly #truth: Truth;
  #processes: SimProcess[] = [];
  #pid = 0;
  #states: StoredStates = {};
  #isCalm = false;
  #hangsLeft = 3;
  #steps = 0;
  readonly #runs: string[] = [];
  /** Deaths that are left, by who may die. */
  readonly #deaths: Record<"in" | "out" | "dead", number>;
  /** Why the run of the moment may fail. */
  #excuses = new Set<string>();
  readonly #hasStarted = new Set<string>();

  constructor(seed: number, change: Partial<Plan>) {
    this.#seed = seed;
    this.#chance = new Chance(seed);
    this.#plan = { ...drawPlan(this.#chance, seed), ...change };
    this.#truth = new Truth(this.#plan, () => this.#clock.monotonicMs());
    const { inputDeaths, outputDeaths, deadLetterDeaths } = this.#plan;
    this.#deaths = {
      in: inputDeaths,
      out: outputDeaths,
      dead: deadLetterDeaths,
    };
  }

  async live(): Promise<Story> {
    try {
      for (let run = 0;; run++) {
        this.#isCalm = run >= CHAOTIC_RUNS;
        const ending = await this.#runOnce(run);
        this.#runs.push(ending);
        if (ending === "completed" && this.#isEverythingWanted()) break;
        if (this.#isCalm) this.#truth.fail(`the calm run: ${ending}`);
      }
      this.#expectEverything();
    } catch (error) {
      if (!(error instanceof BrokenPromise)) throw error;
    }
    const { arrivals, duplicates, broken, log } = this.#truth;
    return {
      seed: this.#seed,
      plan: this.#plan,
      runs: this.#runs,
      steps: this.#steps,
      arrivals,
      duplicates,
      broken,
      log,
    };
  }

  /** From a start of the CLI to its end, and that of all it has started. */
  async #runOnce(run: number): Promise<string> {
    this.#excuses = new Set();
    this.#hasStarted.clear();
    const { plan: { cliKills, stopAfterMs } } = { plan: this.#plan };
    const cli = new SimCli({
      plan: this.#plan,
      truth: this.#truth,
      chance: this.#chance,
      clock: this.#clock,
      stateStore: this.#openStore(),
      isCalm: this.#isCalm,
      spawn: (launch) => this.#spawn(launch),
    });
    this.#truth.note(`run ${run} begins`);
    const killAt = this.#isCalm ? undefined : cliKills[run];
    if (run === 0 && stopAfterMs !== undefined) {
      this.#clock.after(stopAfterMs, () => {
        this.#excuses.add("it was asked to stop");
        cli.stop({ signal: "SIGTERM", isUrgent: false });
      });
    }
    const isKilled = await this.#drive(cli, this.#steps + (killAt ?? Infinity));
    if (isKilled) return "killed";
    return this.#judge(cli);
  }

  /** @returns Whether the CLI was killed. */
  async #drive(cli: SimCli, killAtStep: number): Promise<boolean> {
    const startedMs = this.#clock.monotonicMs();
    for (;;) {
      await turn();
      if (this.#truth.broken) throw this.#truth.broken;
      cli.check();
      const areGone = this.#processes.every((process) => process.isGone);
      if (cli.outcome !== undefined && areGone) return false;
      if (this.#steps++ >= killAtStep) {
        await this.#killCli(cli);
        return true;
      }
      if (!this.#clock.wakeNext()) this.#truth.fail("nothing will ever happen");
      const hours = (this.#clock.monotonicMs() - startedMs) / HOUR_MS;
      if (this.#steps > MAX_STEPS) this.#truth.fail("too many steps");
      if (hours > MAX_HOURS) this.#truth.fail(`takes more than ${hours} hours`);
    }
  }

  /** Its providers notice, end by themselves, and only then another may start. */
  async #killCli(cli: SimCli): Promise<void> {
    this.#truth.note("the CLI is killed");
    cli.kill();
    for (const process of this.#processes) process.orphan();
    const untilMs = this.#clock.monotonicMs() + 600_000;
    while (this.#processes.some((process) => !process.isGone)) {
      await turn();
      if (this.#truth.broken) throw this.#truth.broken;
      if (!this.#clock.wakeNext() || this.#clock.monotonicMs() > untilMs) break;
    }
    for (const process of this.#processes) process.kill();
    this.#processes = [];
    if (this.#plan.outputs.some(({ version }) => version === 1)) {
      this.#truth.hasLostOnPurpose = true;
    }
  }

  #judge(cli: SimCli): string {
    const { status, error } = cli.outcome!;
    this.#processes = [];
    const ending = error === undefined ? status : `failed: ${error.code}`;
    this.#truth.note(`run ends: ${ending} ${error?.message ?? ""}`);
    if (error !== undefined && this.#excuses.size === 0) {
      this.#truth.fail(`failed without need: ${error.code} ${error.message}`);
    }
    if (status === "stopped" && !this.#excuses.has("it was asked to stop")) {
      this.#truth.fail("stopped, and nobody asked");
    }
    if (status === "completed" && !hasLingered(cli)) this.#expectCommitted();
    return ending;
  }

  #isEverythingWanted(): boolean {
    return this.#plan.maxEnvelopes === undefined || this.#isCalm;
  }

  #expectEverything(): void {
    if (this.#truth.hasLostOnPurpose) return;
    for (const [output, { name }] of this.#plan.outputs.entries()) {
      for (const { index, envelopes } of this.#plan.inputs) {
        const upTo = this.#truth.upTo(output, index);
        if (upTo >= envelopes) continue;
        this.#truth.fail(
          `${name} has ${upTo} of ${envelopes} envelopes of input ${index}`,
        );
      }
    }
  }

  /** A source whose input stays has to know that everything is done. */
  #expectCommitted(): void {
    if (!this.#isEverythingWanted()) return;
    for (const { index, mode, envelopes, staysForAck } of this.#plan.inputs) {
      if (mode !== "ack" || !staysForAck) continue;
      const committed = this.#truth.committed[index];
      if (committed >= envelopes) continue;
      this.#truth.fail(
        `completed, but the source of input ${index} knows of ${committed} only`,
      );
    }
  }

  #spawn(launch: Launch): SimProcess {
    const [name] = launch.argv;
    const side = name === "dead"
      ? "dead"
      : name.startsWith("in")
      ? "in"
      : "out";
    const process = new SimProcess(
      -(2 ** 22 + ++this.#pid),
      launch,
      this.#clock,
      this.#chance,
    );
    this.#processes = this.#processes.filter((other) => !other.isGone);
    this.#processes.push(process);
    this.#sealFate(process, side);
    process.onExit = (status) => this.#onExit(name, side, status.code);
    const play = side === "in"
      ? this.#playInput(process, Number(name.slice(2)))
      : side === "out"
      ? this.#playOutput(process, Number(name.slice(3)))
      : this.#playDeadLetters(process);
    play.catch((error) => {
      if (!(error instanceof BrokenPromise)) {
        this.#truth.broken ??= new BrokenPromise(String(error?.stack ?? error));
      }
    });
    return process;
  }

  /** When it dies, if it does. */
  #sealFate(process: SimProcess, side: "in" | "out" | "dead"): void {
    const chance = this.#chance;
    const isSpared = this.#isCalm || this.#deaths[side] === 0 ||
      !chance.hits(0.7);
    if (isSpared) return;
    this.#deaths[side]--;
    const codes = side === "in" ? [137, 1] : [137, 1, 0];
    const code = chance.pick(codes);
    process.deathStatus = code === 137 ? { code, signal: "SIGKILL" } : { code };
    if (chance.hits(0.7)) process.actsLeft = chance.skewed(3, 200);
    else {
      this.#clock.after(chance.skewed(0, 20_000), () => {
        // A closed stdout before `ready` would be a version 1 output's silence.
        const isReady = this.#hasStarted.has(process.launch.argv[0]);
        if (side !== "in" && isReady && chance.hits(0.2)) process.closeStdout();
        else if (side === "out" && chance.hits(0.2)) process.closeStdin();
        else process.exit(process.deathStatus);
      });
    }
    if (this.#plan.maxRestarts < 1000) this.#excuses.add("few restarts");
  }

  /** Now and then, but not for ever. */
  #mayHang(): boolean {
    if (this.#isCalm || this.#hangsLeft === 0) return false;
    if (!this.#chance.hits(0.05)) return false;
    this.#hangsLeft--;
    return true;
  }

  #onExit(name: string, side: "in" | "out" | "dead", code: number): void {
    this.#truth.note(`${name} exits with ${code}`);
    if (code === 0 && side === "in") return;
    if (!this.#hasStarted.has(name)) {
      this.#excuses.add(`${name} ended before it was ready`);
    }
    if (side === "in") {
      const { mode } = this.#plan.inputs[Number(name.slice(2))];
      if (mode === "v1") this.#excuses.add("a version 1 input died");
    }
    if (side === "out") {
      const { version } = this.#plan.outputs[Number(name.slice(3))];
      if (version === 1) this.#excuses.add("a version 1 output died");
      if (version === 1) this.#truth.hasLostOnPurpose = true;
    }
  }

  async #playInput(process: SimProcess, index: number): Promise<void> {
    await new SimInput({
      plan: this.#plan,
      truth: this.#truth,
      chance: this.#chance,
      process,
      onReady: () => this.#hasStarted.add(`in${index}`),
      onEnd: () => this.#excuses.add("an input died after its end"),
    }, this.#plan.inputs[index]).play();
  }

  async #playOutput(process: SimProcess, index: number): Promise<void> {
    const plan = this.#plan.outputs[index];
    /** By table: what this process was told. */
    const shapes = new Map<string, number>();
    const output = new SimOutput({
      chance: this.#chance,
      process,
      mayHang: () => this.#mayHang(),
      isKnown: this.#hasStarted.has(plan.name),
      onReady: () => this.#hasStarted.add(plan.name),
      onEnd: () => this.#excuses.add("an output died after its last ack"),
      learn: (record) => {
        const { schema } = JSON.parse(record.slice(1));
        shapes.set(schema.table, schema.shape);
      },
      mayDie: () =>
        !this.#isCalm && plan.diesOneIn > 0 &&
        this.#chance.hits(1 / plan.diesOneIn / 2),
      take: (line) => {
        this.#truth.expectShape(index, parse(line), shapes);
        return this.#fate(line, index);
      },
      done: (line) => {
        const { input, n } = parse(line);
        const isDurable = !this.#isRejected(index, n);
        if (isDurable) this.#truth.settle(index, input, n);
      },
    }, plan);
    void process.status.then(() => {
      // Its status is the task's then (protocol.md 6.4), by whatever it died.
      if (process.hasReadAll && output.owesNothing) {
        this.#excuses.add("an output died after its last ack");
      }
    });
    await output.play();
  }

  async #playDeadLetters(process: SimProcess): Promise<void> {
    await new SimOutput({
      chance: this.#chance,
      process,
      mayHang: () => false,
      isKnown: true,
      onReady: () => this.#hasStarted.add("dead"),
      onEnd: () => this.#excuses.add("dead letters died after the last ack"),
      learn: () => this.#truth.fail("a dead-letter provider got a schema"),
      mayDie: () => false,
      take: () => "durable",
      done: (line) => this.#truth.bury(line),
    }, {
      name: "dead",
      version: 2,
      perEnvelopeMs: this.#plan.deadLetterMs,
      batch: 1,
      ackDelayMs: 20,
      stutters: false,
      rejectsOneIn: 0,
      poison: 0,
      hangs: false,
      diesOneIn: 0,
      outageUntilMs: 0,
      takesSchemas: false,
      holdBytes: 0,
      holdMs: 0,
      takesOutOneIn: 0,
      ownRefusesOneIn: 0,
    }).play();
  }

  #fate(line: string, index: number): "durable" | "rejected" | "deadly" {
    const { input, n } = this.#truth.arrive(index, line);
    const { poison, outageUntilMs, diesOneIn } = this.#plan.outputs[index];
    const mayFail = diesOneIn > 0 && this.#plan.maxRestarts < 1000;
    if (mayFail) this.#excuses.add("few restarts");
    if (!this.#isCalm && this.#clock.monotonicMs() < outageUntilMs) {
      if (this.#plan.maxRestarts < 1000) this.#excuses.add("an outage");
      return "deadly";
    }
    const isPoison = input === 0 && n === poison && !this.#isCalm;
    if (isPoison) {
      // To find it out takes restarts.
      const isFound = this.#plan.hasDeadLetters && this.#plan.maxRestarts > 3;
      if (!isFound) this.#excuses.add("poison");
      return "deadly";
    }
    if (!this.#isRejected(index, n)) return "durable";
    if (!this.#plan.hasDeadLetters) this.#excuses.add("a rejection");
    return "rejected";
  }

  #isRejected(index: number, n: number): boolean {
    const { rejectsOneIn } = this.#plan.outputs[index];
    const isBad = rejectsOneIn > 0 && n % rejectsOneIn === 0;
    return isBad && (this.#plan.hasDeadLetters || !this.#isCalm);
  }

  /** A disk whose writes take time; what was not finished was never there. */
  #openStore(): StateStore {
    return {
      load: () => Promise.resolve(this.#states),
      save: async (states) => {
        for (const [label, { state }] of Object.entries(states)) {
          const { next } = state as { next: number };
          this.#truth.expectSettled(
            Number(label.slice(2)),
            next - 1,
            "the disk",
          );
        }
        await this.#clock.sleep(this.#chance.pick([0, 1, 100]));
        this.#states = states;
        this.#truth.note(`saved ${JSON.stringify(states)}`);
      },
      lock: () => Promise.resolve({ [Symbol.dispose]() {} }),
    };
  }
}

/** An input that takes too long to read its last acknowledgement is ended. */
function hasLingered({ events }: SimCli): boolean {
  return events.some((event) =>
    event.kind === "notice" && event.code === "provider.input_lingers"
  );
}

function parse(line: string): { input: number; n: number } {
  const { data } = JSON.parse(line);
  return { input: data.i, n: data.n };
}

/** Lets everything happen that needs no time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
