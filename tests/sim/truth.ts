/**
 * What is where in a simulated world, and what may never be.
 *
 * Envelopes are known by their input and their number, counted from 1. Every
 * change comes through here, so that a promise that is broken is noticed at the
 * step that breaks it.
 *
 * @module
 */

import type { Plan } from "./plan.ts";

/** A promise was broken. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** The envelope of an input, as it is on the wire, without its line feed. */
export function envelopeText(plan: Plan, input: number, n: number): string {
  const { maxPadding } = plan.inputs[input];
  const length = maxPadding === 0 ? 0 : (n * 7919 + input * 31) % maxPadding;
  const pad = "abcdefghij".repeat(length / 10 + 1).slice(0, length);
  return `{"data":{"i":${input},"n":${n},"pad":"${pad}"},"metadata":{}}`;
}

/** Which shape an envelope of an input has. */
export function shapeOf(
  { schemaEvery }: Plan["inputs"][number],
  n: number,
): number {
  return Math.floor((n - 1) / schemaEvery);
}

/** What one output has of one input. */
class Holding {
  readonly #done = new Set<number>();
  #upTo = 0;

  add(n: number): void {
    this.#done.add(n);
    while (this.#done.has(this.#upTo + 1)) this.#upTo++;
  }

  has(n: number): boolean {
    return this.#done.has(n);
  }

  /** Everything up to here is taken care of. */
  get upTo(): number {
    return this.#upTo;
  }
}

/** The world's bookkeeping. */
export class Truth {
  /** The first promise that was broken. */
  broken: BrokenPromise | undefined;
  /** Where each input's source would go on: everything up to here is forgotten. */
  readonly committed: number[];
  /** Lines of outputs, all together. */
  arrivals = 0;
  duplicates = 0;
  /** A version 1 output died: what was in its pipe is lost, as was said. */
  hasLostOnPurpose = false;
  readonly #plan: Plan;
  /** What is durable, or needs nothing from the output any more. */
  readonly #holdings: Holding[][];
  /** What it was ever sent, or never will be. */
  readonly #seen: Holding[][];
  readonly #log: string[] = [];

  constructor(plan: Plan, readonly nowMs: () => number) {
    this.#plan = plan;
    this.committed = plan.inputs.map(() => 0);
    const none = () =>
      plan.outputs.map(() => plan.inputs.map(() => new Holding()));
    this.#holdings = none();
    this.#seen = none();
    this.#takeOutFiltered();
  }

  /** The last things that happened. */
  get log(): readonly string[] {
    return this.#log;
  }

  note(what: string): void {
    this.#log.push(`${this.nowMs().toFixed(0).padStart(8)} ms  ${what}`);
    if (this.#log.length > 2000) this.#log.splice(0, 1000);
  }

  fail(what: string): never {
    this.note(`BROKEN: ${what}`);
    this.broken ??= new BrokenPromise(what);
    throw this.broken;
  }

  isFiltered(n: number): boolean {
    const { filtersOneIn } = this.#plan;
    return filtersOneIn > 0 && n % filtersOneIn === 0;
  }

  isRefused(n: number): boolean {
    const { refusesOneIn } = this.#plan;
    return refusesOneIn > 0 && n % refusesOneIn === 1 && !this.isFiltered(n);
  }

  /** What an output's own transforms take out of what the task's let pass. */
  isTakenOut(output: number, n: number): boolean {
    const { takesOutOneIn } = this.#plan.outputs[output];
    return takesOutOneIn > 0 && n % takesOutOneIn === 0;
  }

  /** What they refuse. */
  isRefusedBy(output: number, n: number): boolean {
    const { ownRefusesOneIn } = this.#plan.outputs[output];
    return ownRefusesOneIn > 0 && n % ownRefusesOneIn === 2 &&
      !this.isTakenOut(output, n);
  }

  /** An output works on a line. @returns Which envelope it is. */
  arrive(output: number, line: string): { input: number; n: number } {
    const found = /^\{"data":\{"i":(\d+),"n":(\d+),/.exec(line);
    const input = Number(found?.[1]);
    const n = Number(found?.[2]);
    if (!found || line !== envelopeText(this.#plan, input, n)) {
      this.fail(`output ${output} got a damaged line: ${line}`);
    }
    const seen = this.#seen[output][input];
    const { upTo } = seen;
    const isLossy = this.#plan.outputs[output].version === 1;
    if (n > upTo + 1 && !(isLossy && this.hasLostOnPurpose)) {
      this.fail(
        `output ${output} got ${n} of input ${input} after ${upTo}: a gap`,
      );
    }
    this.arrivals++;
    if (seen.has(n)) this.duplicates++;
    seen.add(n);
    return { input, n };
  }

  /** An output that wants schemas has the right one of every envelope it gets. */
  expectShape(
    output: number,
    { input, n }: { readonly input: number; readonly n: number },
    known: ReadonlyMap<string, number>,
  ): void {
    const plan = this.#plan.inputs[input];
    const { takesSchemas, version } = this.#plan.outputs[output];
    const areThere = takesSchemas && version === 2 && plan.mode !== "v1" &&
      plan.schemaEvery > 0;
    const expected = areThere ? shapeOf(plan, n) : undefined;
    const shape = known.get(`t${input}`);
    if (shape === expected) return;
    this.fail(
      `output ${output} got ${n} of input ${input} knowing shape ${shape}, ` +
        `not ${expected}`,
    );
  }

  /** A transform refused an envelope: no output will see it. */
  refuse(input: number, n: number): void {
    for (const seen of this.#seen) seen[input].add(n);
  }

  /** An output's own transforms did. */
  refuseBy(output: number, input: number, n: number): void {
    this.#seen[output][input].add(n);
  }

  /** An envelope is durable at an output, or needs nothing from it any more. */
  settle(output: number, input: number, n: number): void {
    this.#holdings[output][input].add(n);
  }

  /** A dead letter is durable. */
  bury(line: string): void {
    const { data, metadata } = JSON.parse(line);
    const from = String(metadata.dead_letter.output);
    this.note(`dead letter ${data.i}/${data.n} of ${from}`);
    this.#expectPoison(data, metadata.dead_letter);
    for (const [output, plan] of this.#plan.outputs.entries()) {
      const isIts = [plan.name, `${plan.name}/transform`, "transform"]
        .includes(from);
      if (!isIts) continue;
      this.settle(output, data.i, data.n);
      // What is set aside for its neighbour arrives later, or never.
      this.#seen[output][data.i].add(data.n);
    }
  }

  /** An envelope that an output died of is a dead letter only if it kills. */
  #expectPoison(
    data: { readonly i: number; readonly n: number },
    letter: { readonly output: string; readonly code?: string },
  ): void {
    if (letter.code !== "crash") return;
    const plan = this.#plan.outputs.find(({ name }) => name === letter.output);
    if (data.i === 0 && data.n === plan?.poison) return;
    this.fail(`healthy envelope ${data.i}/${data.n} was taken for poison`);
  }

  /** Somebody is told that everything up to `n` is settled. */
  expectSettled(input: number, n: number, who: string): void {
    for (const [output, { version }] of this.#plan.outputs.entries()) {
      if (version === 1) continue;
      const { upTo } = this.#holdings[output][input];
      if (n <= upTo) continue;
      this.fail(
        `${who} was told of ${n} of input ${input}, ` +
          `output ${output} has only up to ${upTo}`,
      );
    }
  }

  /** The source forgets everything up to `n`. */
  commit(input: number, n: number): void {
    this.expectSettled(input, n, "the source");
    this.committed[input] = Math.max(this.committed[input], n);
  }

  /** How much of an input an output has without a gap. */
  upTo(output: number, input: number): number {
    return this.#holdings[output][input].upTo;
  }

  #takeOutFiltered(): void {
    for (const { index, envelopes } of this.#plan.inputs) {
      for (let n = 1; n <= envelopes; n++) {
        this.#takeOut(index, n);
      }
    }
  }
  #takeOut(input: number, n: number): void {
    for (const output of this.#plan.outputs.keys()) {
      if (!this.isFiltered(n) && !this.isTakenOut(output, n)) continue;
      if (this.isRefused(n)) continue;
      this.#holdings[output][input].add(n);
      this.#seen[output][input].add(n);
    }
  }
}
