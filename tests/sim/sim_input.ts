/**
 * An input provider of a simulated world: as good as the protocol demands, and no
 * better.
 *
 * @module
 */

import type { Chance } from "./chance.ts";
import type { InputPlan, Plan } from "./plan.ts";
import type { SimProcess } from "./sim_process.ts";
import { envelopeText, shapeOf, type Truth } from "./truth.ts";

/** What an input lives in. */
export interface InputWorld {
  readonly plan: Plan;
  readonly truth: Truth;
  readonly chance: Chance;
  readonly process: SimProcess;
  readonly onReady: () => void;
  /** It is past the end of its data: its death fails the task. */
  readonly onEnd: () => void;
}

/** Plays one process to its end. */
export class SimInput {
  readonly #world: InputWorld;
  readonly #plan: InputPlan;
  /** Which envelopes this process wrote, by position. */
  readonly #written: number[] = [];
  #isStopping = false;
  #isStdinOver = false;
  #acked = 0;
  #changed = Promise.withResolvers<void>();

  constructor(world: InputWorld, plan: InputPlan) {
    this.#world = world;
    this.#plan = plan;
    world.process.onStdin = (text) => this.#checkAcks(text);
  }

  async play(): Promise<void> {
    const { process, chance } = this.#world;
    const first = (await process.readLines())!;
    const start = JSON.parse(first[0]);
    void this.#readRecords(first.slice(1));
    if (this.#plan.mode === "v1") return await this.#playV1();
    await process.sleep(chance.pick([0, 0, 50, 3000]));
    await process.write(this.#ready());
    this.#world.onReady();
    await this.#send(this.#firstOf(start.resume));
    const { saysEnd, staysForAck } = this.#plan;
    if (saysEnd) await process.write('\x1e{"end":true}\n');
    this.#world.onEnd();
    if (staysForAck) await this.#lastAck();
    process.exit({ code: 0 });
  }

  async #playV1(): Promise<void> {
    const { process } = this.#world;
    await process.write('{"status":"ready"}\n');
    this.#world.onReady();
    await this.#send(1);
    process.exit({ code: 0 });
  }

  #ready(): string {
    const schema = this.#plan.schemaEvery > 0 ? ["schema"] : [];
    const features = [this.#plan.mode, ...schema];
    const ready = { status: "ready", protocol: { version: 2, features } };
    const hello = this.#world.chance.hits(0.5)
      ? '\x1e{"hello":{"version":2}}\n'
      : "";
    return `${hello}${JSON.stringify(ready)}\n`;
  }

  #firstOf(resume: { next: number } | undefined): number {
    if (this.#plan.mode === "state") return resume?.next ?? 1;
    return this.#world.truth.committed[this.#plan.index] + 1;
  }

  async #send(first: number): Promise<void> {
    const { process, chance, truth } = this.#world;
    const { envelopes, maxPerWrite, pauseMs, index } = this.#plan;
    truth.note(`input ${index} goes on with ${first}`);
    for (let n = first; n <= envelopes && !this.#isStopping;) {
      const count = Math.min(chance.int(1, maxPerWrite), envelopes - n + 1);
      let text = "";
      for (const end = n + count; n < end; n++) text += this.#piece(n);
      if (pauseMs > 0) await process.sleep(chance.int(0, pauseMs));
      await process.write(text);
    }
  }

  /** An envelope, and what may stand around it. */
  #piece(n: number): string {
    const { plan, chance } = this.#world;
    const { index, mode, writesStrays } = this.#plan;
    const schema = this.#schemaBefore(n);
    this.#written.push(n);
    const envelope = schema + envelopeText(plan, index, n) + "\n";
    const stray = writesStrays && chance.hits(0.1) ? "a log line\n" : "";
    const state = mode === "state" && chance.hits(0.2)
      ? `\x1e{"state":{"next":${n + 1}}}\n`
      : "";
    return stray + envelope + state;
  }

  /** Before the first envelope of each process, and where the shape changes. */
  #schemaBefore(n: number): string {
    const { index, schemaEvery, mode } = this.#plan;
    if (schemaEvery === 0 || mode === "v1") return "";
    const shape = shapeOf(this.#plan, n);
    const isNew = this.#written.length === 0 ||
      shape !== shapeOf(this.#plan, n - 1);
    return isNew
      ? `\x1e{"schema":{"table":"t${index}","fields":[],"shape":${shape}}}\n`
      : "";
  }

  async #readRecords(begun: string[]): Promise<void> {
    const { process, truth } = this.#world;
    let lines: string[] | undefined = begun;
    for (; lines !== undefined; lines = await process.readLines()) {
      for (const line of lines) {
        const record = JSON.parse(line.slice(1));
        if (record.stop) this.#isStopping = true;
        if (record.ack) await this.#commit(record.ack);
      }
      await process.sleep(this.#plan.readsAcksAfterMs);
    }
    this.#isStdinOver = true;
    // Without a CLI there is nobody to write for.
    if (this.#plan.mode !== "v1") this.#isStopping = true;
    this.#tell();
    truth.note(`input ${this.#plan.index}: stdin is over`);
  }

  async #commit(position: number): Promise<void> {
    const { process, truth } = this.#world;
    await process.sleep(0);
    truth.commit(this.#plan.index, this.#written[position - 1]);
    this.#acked = position;
    this.#tell();
  }

  async #lastAck(): Promise<void> {
    while (!this.#isStdinOver && this.#acked < this.#written.length) {
      await this.#changed.promise;
    }
  }

  /** At the moment they are written, whoever reads them when. */
  #checkAcks(text: string): void {
    const { truth } = this.#world;
    for (const [, digits] of text.matchAll(/\{"ack":(\d+)\}/g)) {
      const n = this.#written[Number(digits) - 1];
      if (n === undefined) truth.fail(`ack ${digits} was never written`);
      const who = `the process of input ${this.#plan.index}`;
      truth.expectSettled(this.#plan.index, n, who);
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
