/**
 * An output provider of a simulated world: slow, forgetful, stuttering, but it keeps
 * to the protocol.
 *
 * @module
 */

import type { Chance } from "./chance.ts";
import type { OutputPlan } from "./plan.ts";
import type { SimProcess } from "./sim_process.ts";

/** What an output lives in. */
export interface OutputWorld {
  readonly chance: Chance;
  readonly process: SimProcess;
  /** @returns What becomes of a line. */
  readonly take: (line: string) => "durable" | "rejected" | "deadly";
  /** A schema record. */
  readonly learn: (record: string) => void;
  /** Whether it dies in this moment, for no reason. */
  readonly mayDie: () => boolean;
  /** The line is durable now, or known to be bad. */
  readonly done: (line: string) => void;
  /** Whether it stops working here, without dying. */
  readonly mayHang: () => boolean;
  /** Whether its silence can't be taken for version 1. */
  readonly isKnown: boolean;
  readonly onReady: () => void;
  /** Nothing more will come: its death may fail the task now. */
  readonly onEnd: () => void;
}

/** Plays one process to its end. */
export class SimOutput {
  readonly #world: OutputWorld;
  readonly #plan: OutputPlan;
  #window = { bytes: Infinity, envelopes: Infinity };
  #received = 0;
  #done = 0;
  #said = 0;
  #acked = 0;
  #unackedBytes = 0;
  #isAging = false;
  #acking: Promise<void> = Promise.resolve();

  constructor(world: OutputWorld, plan: OutputPlan) {
    this.#world = world;
    this.#plan = plan;
  }

  /** Every line it ever read is acknowledged, and the word is out. */
  get owesNothing(): boolean {
    return this.#said === this.#received;
  }

  async play(): Promise<void> {
    const { process, chance } = this.#world;
    const first = (await process.readLines())!;
    this.#window = JSON.parse(first[0]).protocol.window;
    const pauseMs = chance.pick([0, 0, 50, 2500]);
    const mayBeSilent = this.#world.isKnown || pauseMs < 1000;
    if (!mayBeSilent || chance.hits(0.5)) await this.#sayHello();
    await process.sleep(pauseMs);
    await process.write(this.#ready());
    this.#world.onReady();
    await this.#takeAll(first.slice(1));
    for (;;) {
      const lines = await process.readLines();
      if (lines === undefined) break;
      await this.#takeAll(lines);
      await this.#maybeHang();
    }
    await this.#acknowledge();
    await this.#acking;
    this.#world.onEnd();
    process.exit({ code: 0 });
  }

  /** Before two seconds are over, or it is taken for version 1. */
  async #sayHello(): Promise<void> {
    if (this.#plan.version === 1) return;
    await this.#world.process.write('\x1e{"hello":{"version":2}}\n');
  }

  #ready(): string {
    if (this.#plan.version === 1) return '{"status":"ready"}\n';
    const ready = {
      status: "ready",
      protocol: {
        version: 2,
        features: this.#plan.takesSchemas ? ["ack", "schema"] : ["ack"],
      },
      hold: this.#holds
        ? { bytes: this.#plan.holdBytes, delay_ms: this.#plan.holdMs }
        : undefined,
    };
    return `${JSON.stringify(ready)}\n`;
  }

  async #takeAll(lines: readonly string[]): Promise<void> {
    this.#received += lines.filter((line) => line[0] !== "\x1e").length;
    for (const line of lines) {
      if (line === FLUSH) await this.#acknowledge();
      else if (line[0] === "\x1e") this.#world.learn(line);
      else await this.#take(line);
    }
  }

  async #take(line: string): Promise<void> {
    const { process, take, done } = this.#world;
    const { perEnvelopeMs, batch } = this.#plan;
    if (perEnvelopeMs > 0) await process.sleep(perEnvelopeMs);
    const fate = take(line);
    if (fate === "deadly" || this.#world.mayDie()) await this.#die();
    if (fate === "rejected") await this.#reject();
    done(line);
    if (this.#world.mayDie()) await this.#die();
    this.#done++;
    this.#unackedBytes += line.length + 1;
    const isDue = this.#isFull || this.#done - this.#acked >= batch;
    if (isDue) await this.#acknowledge();
    else if (this.#holds && !this.#isAging) void this.#acknowledgeByAge();
  }

  /** Whether it may keep no more. */
  get #isFull(): boolean {
    if (this.#holds) return this.#unackedBytes >= this.#plan.holdBytes;
    return this.#done - this.#acked >= this.#window.envelopes / 2 ||
      this.#unackedBytes >= this.#window.bytes / 2;
  }

  get #holds(): boolean {
    return this.#plan.holdBytes > 0;
  }

  /** Also when nothing more comes. */
  async #acknowledgeByAge(): Promise<void> {
    this.#isAging = true;
    await this.#world.process.sleep(this.#plan.holdMs);
    this.#isAging = false;
    await this.#acknowledge();
  }

  async #die(): Promise<never> {
    this.#world.process.exit({ code: 139, signal: "SIGSEGV" });
    return await new Promise<never>(() => {});
  }

  async #reject(): Promise<void> {
    const seq = this.#done + 1;
    // A rejection has to come before any acknowledgement that covers it.
    await this.#acking;
    const reject = { seq, reason: "no", code: "sim" };
    await this.#say(`\x1e${JSON.stringify({ reject })}\n`);
  }

  /** Says it now or, where nobody waits, a little later. */
  async #acknowledge(): Promise<void> {
    if (this.#plan.version === 1 || this.#acked === this.#done) return;
    this.#acked = this.#done;
    this.#unackedBytes = 0;
    const before = this.#acking;
    const saying = this.#sayAck(before, this.#done);
    this.#acking = saying;
    if (this.#world.chance.hits(0.5)) await saying;
  }

  async #sayAck(before: Promise<void>, position: number): Promise<void> {
    const { process, chance } = this.#world;
    const { ackDelayMs, stutters } = this.#plan;
    await before;
    if (ackDelayMs > 0) await process.sleep(chance.int(0, ackDelayMs));
    const repeats = stutters && chance.hits(0.3)
      ? `\x1e{"ack":${chance.int(0, position)}}\n`
      : "";
    await this.#say(`\x1e{"ack":${position}}\n${repeats}`);
    this.#said = position;
  }

  async #maybeHang(): Promise<void> {
    if (!this.#plan.hangs || !this.#world.mayHang()) return;
    // It may have acknowledged everything, and nobody sees that it will not end.
    this.#world.onEnd();
    await new Promise(() => {});
  }

  /** Its own words may stand between the records. */
  async #say(record: string): Promise<void> {
    const { process, chance } = this.#world;
    await process.write((chance.hits(0.05) ? "hello user\n" : "") + record);
  }
}

const FLUSH = '\x1e{"flush":true}';
