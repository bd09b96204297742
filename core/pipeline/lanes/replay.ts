/**
 * Gives a new process what is unsettled, in order and with the schemas it needs.
 *
 * Mostly that is everything at once. When the output has died at the same place
 * before, envelopes go one at a time (suspicion.ts says when, and what first), or a
 * few to an output that holds back.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { formatControl } from "../../protocol/control.ts";
import type { PlacedSchema } from "../settle/schema_book.ts";
import type { Settling } from "../settle/settling.ts";
import { TIMED_OUT, within } from "../wait.ts";
import type { Suspicion } from "./suspicion.ts";

/** The process that gets it. */
export interface ReplayTarget {
  /** Resolves when the pipe has taken the bytes; rejects when it is broken. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the process is gone and its last words were heard. */
  readonly died: Promise<"died">;
  /** Whether it knows schema records. */
  readonly takesSchemas: boolean;
  /** Whether it keeps what it takes for longer. */
  readonly holdsBack: boolean;
}

/** What a replay works with. */
export interface ReplayOptions {
  readonly settling: Settling;
  readonly suspicion: Suspicion;
  readonly clock: Clock;
  /** One that is neither acknowledged nor deadly for so long is no poison. */
  readonly aloneMs: () => number;
  /** Told of every line that was handed to an earlier process. */
  readonly onReplayed: (lines: number) => void;
}

/** An output that holds back would let the trial wait. */
const FLUSH = formatControl({ flush: true });

/** The process is gone; its end is somebody else's matter. */
export class GoneError extends Error {
  override readonly name = "GoneError";
}

/** Replays of one output, one at a time. */
export class Replay {
  readonly #options: ReplayOptions;
  /** The last schema that the process of the moment knows. */
  #schemaNumber = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Where a new process begins to count: -1 when it gets the repeat first. */
  get shift(): -1 | 0 {
    const { settling: { ledger, delivered }, suspicion } = this.#options;
    const hasRepeat = suspicion.hasSuspect && ledger.inFlight > 0 &&
      delivered > 0;
    return hasRepeat ? -1 : 0;
  }

  /**
   * Writes everything that is unsettled.
   * @throws {GoneError} When the process dies of it, or what `write` throws.
   */
  async run(target: ReplayTarget): Promise<void> {
    const { settling: { ledger }, suspicion } = this.#options;
    if (ledger.sent < ledger.settled) await this.#repeat(target);
    else await this.#open(target, ledger.sent);
    if (suspicion.isAlert) await this.#slowly(target);
    await this.rest(target);
  }

  /**
   * The line behind the next one alone; the ledger has left that out.
   * @returns Whether this process has acknowledged it.
   */
  async neighbour(target: ReplayTarget): Promise<boolean> {
    const { sent } = this.#options.settling.ledger;
    await this.#open(target, sent);
    return await this.#alone(target, sent + 1) === "acknowledged";
  }

  /** What the process of the moment has not been sent yet, at full speed. */
  async rest(target: ReplayTarget, upTo = Infinity): Promise<void> {
    const { settling: { ledger, held }, onReplayed } = this.#options;
    while (ledger.sent < upTo) {
      const { position = Infinity } = await this.#tellSchemas(target) ?? {};
      const next = await held.next(ledger.sent, Math.min(position, upTo));
      if (next === undefined) return;
      onReplayed(ledger.send(next.lines));
      await target.write(next.bytes);
    }
  }

  /** A schema that was handed over in this moment, behind all that was sent. */
  async schema(target: ReplayTarget, schema: PlacedSchema): Promise<void> {
    this.#schemaNumber = schema.number;
    await target.write(schema.bytes);
  }

  /** The last delivered envelope once more: does the output work at all? */
  async #repeat(target: ReplayTarget): Promise<void> {
    const { settling: { ledger, held, delivered }, suspicion } = this.#options;
    await this.#open(target, delivered - 1);
    suspicion.triesRepeat();
    this.#options.onReplayed(ledger.send(1));
    await target.write(await held.lastDelivered(delivered));
    const word = await this.#word(target, ledger.sent);
    if (word === "acknowledged") suspicion.repeatSurvived();
    else suspicion.clear();
  }

  /** One envelope at a time, or a few, to find the one that kills. */
  async #slowly(target: ReplayTarget): Promise<void> {
    const { settling: { ledger }, suspicion } = this.#options;
    const last = Math.min(ledger.handed, suspicion.upTo);
    for (let count = 1; ledger.sent < last; count *= target.holdsBack ? 2 : 1) {
      await this.#tellSchemas(target);
      const upTo = Math.min(last, ledger.sent + count);
      if (count === 1) suspicion.tries(upTo);
      else suspicion.triesMany(upTo);
      const word = count === 1
        ? await this.#alone(target, upTo)
        : await this.#together(target, upTo);
      if (word === TIMED_OUT) break;
    }
    suspicion.clear();
  }

  async #together(target: ReplayTarget, upTo: number) {
    await this.rest(target, upTo);
    return await this.#word(target, upTo);
  }

  async #alone(target: ReplayTarget, position: number) {
    const { ledger, held } = this.#options.settling;
    const line = await held.line(position, { withLineFeed: true });
    this.#options.onReplayed(ledger.send(1));
    await target.write(line);
    return await this.#word(target, position);
  }

  /** @throws {GoneError} */
  async #word(target: ReplayTarget, position: number) {
    const { settling, clock, aloneMs } = this.#options;
    if (target.holdsBack && target.takesSchemas) await target.write(FLUSH);
    const acknowledged = settling.wordOn(position)
      .then(() => "acknowledged" as const);
    const either = Promise.race([acknowledged, target.died]);
    const outcome = await within(either, aloneMs(), clock);
    if (outcome === "died") throw new GoneError("the process is gone");
    return outcome;
  }

  /** A process that begins behind `position` is told what holds there. */
  async #open(target: ReplayTarget, position: number): Promise<void> {
    const { schemas } = this.#options.settling;
    this.#schemaNumber = schemas.lastBefore(position);
    if (!target.takesSchemas) return;
    for (const { bytes } of schemas.before(position)) await target.write(bytes);
  }

  /** Those that lie before the next line. @returns The first one behind it. */
  async #tellSchemas(target: ReplayTarget): Promise<PlacedSchema | undefined> {
    const { schemas, ledger } = this.#options.settling;
    if (!target.takesSchemas) return undefined;
    for (;;) {
      const next = schemas.after(this.#schemaNumber);
      if (next === undefined || next.position > ledger.sent) return next;
      this.#schemaNumber = next.number;
      await target.write(next.bytes);
    }
  }
}
