/**
 * One CLI process of a simulated world: the real pipeline code, with processes,
 * time, chance and a disk that aren't.
 *
 * @module
 */

import type { Task } from "../../core/config/task.ts";
import {
  type Counters,
  type PipelineEvent,
  type RunOutcome,
  runTask,
  type StateStore,
  type StopRequest,
} from "../../core/pipeline/mod.ts";
import { inFlight } from "../../core/pipeline/events.ts";
import type { Child, Launch } from "../../core/ports/mod.ts";
import { providerBlock, toyTask } from "../support/toys.ts";
import type { Chance } from "./chance.ts";
import type { Plan } from "./plan.ts";
import { MortalClock, type SimClock } from "./sim_clock.ts";
import { SimDisk } from "./sim_disk.ts";
import { filterOf, ownFilterOf } from "./sim_transformer.ts";
import type { Truth } from "./truth.ts";

/** What a CLI runs in. */
export interface CliWorld {
  readonly plan: Plan;
  readonly truth: Truth;
  readonly chance: Chance;
  readonly clock: SimClock;
  readonly stateStore: StateStore;
  /** Nothing goes wrong any more, and everything is wanted. */
  readonly isCalm: boolean;
  readonly spawn: (launch: Launch) => Child;
}

/** A run of the task. */
export class SimCli {
  readonly #world: CliWorld;
  readonly #clock: MortalClock;
  readonly events: PipelineEvent[] = [];
  outcome: RunOutcome | undefined;
  #counters: Readonly<Counters> | undefined;
  #settled = 0;
  #isDead = false;
  /** Asks it to stop. */
  stop: (request: StopRequest) => void = () => {};

  constructor(world: CliWorld) {
    this.#world = world;
    this.#clock = new MortalClock(world.clock);
    void this.#run();
  }

  /** What has to hold at every moment. */
  check(): void {
    const { plan, truth } = this.#world;
    if (this.#counters === undefined) return;
    const { handedEnvelopes, settledEnvelopes, windowBytes } = this.#counters;
    const { deliveredEnvelopes } = this.#counters;
    if (deliveredEnvelopes > handedEnvelopes) {
      truth.fail(
        `${deliveredEnvelopes} delivered of ${handedEnvelopes} handed`,
      );
    }
    this.#checkSum(this.#counters);
    if (settledEnvelopes < this.#settled) truth.fail("settled went back");
    this.#settled = settledEnvelopes;
    const mostBytes = plan.windowBytes * plan.outputs.length;
    if (windowBytes > mostBytes) {
      truth.fail(`${windowBytes} bytes in windows of ${mostBytes}`);
    }
    const isOne = plan.outputs.length === 1 && plan.outputs[0].holdBytes === 0;
    const open = handedEnvelopes - settledEnvelopes - this.#ownLetters;
    if (isOne && open > plan.windowEnvelopes) {
      truth.fail(`${open} envelopes in a window of ${plan.windowEnvelopes}`);
    }
  }

  /** What an output's own transforms refused is in no window while it is stored. */
  get #ownLetters(): number {
    const { outputs } = this.#world.plan;
    const { rejectedEnvelopes, deadLetteredEnvelopes } = this.#counters!;
    const refuses = outputs.some(({ ownRefusesOneIn }) => ownRefusesOneIn > 0);
    return refuses ? rejectedEnvelopes - deadLetteredEnvelopes! : 0;
  }

  /** Read = filtered + delivered + dead-lettered + in flight. */
  #checkSum(counters: Readonly<Counters>): void {
    const { filteredEnvelopes, deliveredEnvelopes, deadLetteredEnvelopes } =
      counters;
    const sum = filteredEnvelopes + deliveredEnvelopes +
      deadLetteredEnvelopes + inFlight(counters);
    if (sum === counters.readEnvelopes && deliveredEnvelopes >= 0) return;
    this.#world.truth.fail(
      `${counters.readEnvelopes} read are not ${filteredEnvelopes} filtered, ` +
        `${deliveredEnvelopes} delivered, ${deadLetteredEnvelopes} ` +
        `dead-lettered and ${inFlight(counters)} in flight`,
    );
  }

  /** Kill -9: nothing of it ever goes on. */
  kill(): void {
    this.#isDead = true;
    this.#clock.die();
  }

  async #run(): Promise<void> {
    const { plan, truth, chance, stateStore, spawn, isCalm } = this.#world;
    const outcome = await runTask({
      task: taskOf(plan, isCalm),
      runId: "01SIM",
      inputs: plan.inputs.map(({ index }) => launch(`in${index}`)),
      outputs: plan.outputs.map(({ name }) => launch(name)),
      deadLetter: plan.hasDeadLetters ? launch("dead") : undefined,
      clock: this.#clock,
      random: chance,
      spawner: {
        spawn: (launch) => {
          if (this.#isDead) throw new Error("a dead process starts another");
          return spawn(launch);
        },
      },
      userOutput: new WritableStream(),
      secrets: new Set(),
      isTerminal: false,
      relay: plan.engine,
      stateStore,
      spoolFolder: "spool",
      spoolDisk: new SimDisk({
        clock: this.#clock,
        chance,
        truth,
        capacityBytes: plan.diskBytes,
      }),
      transformer: filterOf(plan, truth),
      outputTransformers: plan.outputs.map((_, i) =>
        ownFilterOf(plan, i, truth)
      ),
      maxEnvelopes: isCalm ? undefined : plan.maxEnvelopes,
      onCounters: (counters) => this.#counters = counters,
      onEvent: (event) => {
        this.events.push(event);
        if (!this.#isDead) truth.note(describe(event));
      },
      onStop: (stop) => {
        this.stop = stop;
        return () => {};
      },
    });
    if (!this.#isDead) this.outcome = outcome;
    if (outcome.status !== "completed") return;
    const open = inFlight(outcome.counters);
    if (open > 0) truth.fail(`completed with ${open} in flight`);
  }
}

function launch(name: string) {
  return { name, launch: { argv: [name] } };
}

function taskOf(plan: Plan, isCalm: boolean): Task {
  const { maxRestarts, initialDelayMs, windowBytes, windowEnvelopes } = plan;
  return {
    ...toyTask(),
    inputs: plan.inputs.map(({ index, mode }) =>
      providerBlock("input", {
        label: `in${index}`,
        protocol: mode === "v1" ? 1 : undefined,
        readyTimeoutMs: 30_000,
        stdinGraceMs: 10_000,
      })
    ),
    outputs: plan.outputs.map(({ name }) =>
      providerBlock("output", { label: name, readyTimeoutMs: 30_000 })
    ),
    deadLetter: plan.hasDeadLetters
      ? providerBlock("output", { label: "dead", readyTimeoutMs: 30_000 })
      : undefined,
    delivery: { windowBytes, windowEnvelopes },
    restart: { maxRestarts, initialDelayMs, maxDelayMs: 30_000 },
    ackTimeoutMs: isCalm ? undefined : plan.ackTimeoutMs,
    maxLineBytes: plan.maxLineBytes,
    shutdownGraceMs: 10_000,
  };
}

function describe(event: PipelineEvent): string {
  const { kind, ...rest } = event;
  return `cli: ${kind} ${JSON.stringify(rest)}`;
}
