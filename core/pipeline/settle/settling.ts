/**
 * What was handed to one output, and how far that is settled.
 *
 * Joins what each knows a part of: the ledger counts, the window holds the bytes, the
 * maps know whose envelopes the lines complete, the book has the schemas between
 * them. Who writes to a process, and when another is started, is no matter of this.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import type { Position, RawSchema, Rejection } from "../../protocol/mod.ts";
import { Held } from "../relay/held.ts";
import type { Origin } from "../relay/relay_ports.ts";
import type { ReplayWindow } from "../relay/window.ts";
import { AckLatency } from "./ack_latency.ts";
import { ByPosition } from "./by_position.ts";
import { Ledger } from "./ledger.ts";
import { PositionMap } from "./position_map.ts";
import { type PlacedSchema, SchemaBook } from "./schema_book.ts";
import { SettledWaits } from "./settled_waits.ts";

/** What {@link Settling} works with. */
export interface SettlingOptions {
  readonly window: ReplayWindow;
  readonly clock: Clock;
  /** Called after every step forward, from wherever that came. It must not throw. */
  readonly onSettled: () => void;
}

/** One output's lines, from handing over to settled. */
export class Settling {
  readonly window: ReplayWindow;
  /** The same with what is in files. */
  readonly held: Held;
  readonly ledger = new Ledger();
  readonly latency = new AckLatency();
  readonly schemas = new SchemaBook();
  readonly #options: SettlingOptions;
  /** By input. */
  readonly #maps: PositionMap[] = [];
  readonly #waits = new SettledWaits();
  /** The same for the word of the process of the moment. */
  #words = new SettledWaits();
  /** Refused lines that are not settled yet. */
  readonly #refused = new ByPosition<true>();
  #isStepDue = false;
  #delivered = 0;
  /** Up to where `#delivered` was looked for. */
  #settled = 0;
  /** The last word of an output without acknowledgements is its exit. */
  holdsLastBack = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.window = options.window;
    this.held = new Held(options.window);
  }

  /** The last settled line that was not refused; 0: none. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Takes lines into the window; they were staged there. */
  hand(lengthBytes: number, lines: number, origin: Origin): void {
    const { ledger, window, latency } = this;
    this.#note(origin, ledger.handed);
    ledger.hand(lines);
    window.commit(lengthBytes, lines, ledger.handed);
    latency.handed(ledger.handed, this.#nowMs);
  }

  /** Envelopes of which nothing came for this output. */
  tookOut(origin: Origin): void {
    this.#note(origin, this.ledger.handed);
    this.#options.onSettled();
  }

  /** A schema behind what was handed over. @returns `undefined`: it holds already. */
  noteSchema(schema: RawSchema): PlacedSchema | undefined {
    return this.schemas.note(this.ledger.handed, schema, this.#delivered);
  }

  /** A new process; see {@link Ledger.restart}. */
  restart(shift: -1 | 0 | 1): void {
    this.ledger.restart(shift);
    this.#words = new SettledWaits();
  }

  /** @throws {DstreamError} `protocol.…` for what can't be. */
  acknowledge(position: Position): void {
    this.ledger.acknowledge(position);
    this.#words.reach(this.ledger.acknowledged);
    this.#afterSettling();
  }

  /**
   * @returns Its position, to be settled by {@link placed}; `undefined` when there is
   * nothing to do.
   * @throws {DstreamError} `protocol.…` for what can't be.
   */
  reject({ seq }: Rejection): number | undefined {
    const position = this.ledger.reject(seq);
    if (position !== undefined) this.#refused.set(position, true);
    return position;
  }

  /** A refused line has found its place. Those of one moment are one step. */
  placed(position: number): void {
    this.ledger.resolve(position);
    if (this.#isStepDue) return;
    this.#isStepDue = true;
    queueMicrotask(() => {
      this.#isStepDue = false;
      this.#afterSettling();
    });
  }

  /** The line behind the last settled one is poison, and has found its place. */
  bury(position: number): void {
    this.#refused.set(position, true);
    this.ledger.bury(position);
    this.#afterSettling();
  }

  /** Everything handed over counts as settled: outputs without acknowledgements. */
  settleAll(): void {
    this.ledger.settleAll();
    this.#afterSettling();
  }

  /** Resolves when everything up to a position is settled. */
  settledUpTo(position: number): Promise<void> {
    return this.#waits.until(position);
  }

  /** Resolves when the process of the moment has acknowledged a position. */
  wordOn(position: number): Promise<void> {
    return this.#words.until(position);
  }

  /** How many of an input's envelopes need nothing from this output any more. */
  settledOf(input: number): number {
    const map = this.#mapOf(input);
    const { settled, handed } = this.ledger;
    const isHeld = this.holdsLastBack && settled === handed;
    map.settle(isHeld ? settled - 1 : settled);
    return map.settled;
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** Writes down which line completes which envelope. */
  #note({ input, inputStart, runs }: Origin, outputStart: number): void {
    this.#mapOf(input).note(runs, outputStart, inputStart);
  }

  #mapOf(input: number): PositionMap {
    return this.#maps[input] ??= new PositionMap();
  }

  #afterSettling(): void {
    const { settled } = this.ledger;
    this.#findDelivered(settled);
    this.held.settle(settled, this.#delivered);
    this.latency.settled(settled, this.#nowMs);
    this.#waits.reach(settled);
    this.#options.onSettled();
  }

  #findDelivered(settled: number): void {
    const before = this.#settled;
    if (settled === before) return;
    this.#settled = settled;
    let at = settled;
    while (at > before && this.#refused.has(at)) at--;
    if (at > before) this.#delivered = at;
    this.#refused.forget(settled);
  }
}
