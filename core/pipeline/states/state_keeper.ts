/**
 * Stores an input's newest settled state, at most once a second and at the end.
 *
 * A state says: who starts after everything written above this line starts from
 * here. So it may be stored only once all of that is settled.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import type { Clock } from "../../ports/mod.ts";
import type { Json } from "../../protocol/mod.ts";
import type { StateStore, StoredStates } from "./state_store.ts";

const SAVE_EVERY_MS = 1000;
/** How long the last save of a run may take. */
const LAST_SAVE_MS = 10_000;

/**
 * However slow the output, memory does not grow with the states that wait. So many
 * that one lies within every second of a window that takes an hour.
 */
const MAX_PENDING = 4096;
/** And as much JSON text, but for the last one. */
const MAX_PENDING_CHARACTERS = 8 * 1024 * 1024;

/** A state at its place. */
interface Pending {
  readonly position: number;
  readonly state: Json;
  readonly characters: number;
}

/** Which input's state, and where it goes. */
export interface StateKeeperOptions {
  readonly store: StateStore;
  /** The states of all inputs as they were loaded. */
  readonly stored: StoredStates;
  readonly label: string;
  readonly provider: string;
  readonly clock: Clock;
  /** Called after each save: more may be acknowledged. It must not throw. */
  readonly onSaved?: () => void;
  /** A save failed. Called once for each that did. */
  readonly onFailure: (error: unknown) => void;
}

/** Keeps the states of one input while it runs. */
export class StateKeeper implements Disposable {
  readonly #options: StateKeeperOptions;
  readonly #closed = new AbortController();
  /** In the order of the stream; what is settled leaves it. */
  #pending: Pending[] = [];
  #pendingCharacters = 0;
  #unsaved: { readonly position: number; readonly state: Json } | undefined;
  /** What is being written at the moment. */
  #saving: { readonly position: number } | undefined;
  #saved: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #newest: Json | undefined;
  #newestPosition = 0;
  #savedMs = -Infinity;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  /** A state at its place: behind the input's envelope with this position. */
  note(position: number, state: Json, settled: number): void {
    this.#newest = state;
    this.#newestPosition = position;
    // Of several states at one place only the last can ever be wanted.
    if (this.#pending.at(-1)?.position === position) {
      this.#pendingCharacters -= this.#pending.pop()!.characters;
    }
    const characters = JSON.stringify(state).length;
    this.#pending.push({ position, state, characters });
    this.#pendingCharacters += characters;
    const isMuch = this.#pendingCharacters > MAX_PENDING_CHARACTERS;
    if (isMuch || this.#pending.length > MAX_PENDING) this.#thinOut();
    this.settle(settled);
  }

  /** The last state seen, settled or not: where a new process may go on. */
  get newest(): Json | undefined {
    return this.#newest;
  }

  /**
   * How much an input may be told that keeps a place of its own besides its states:
   * nothing behind a state that is not stored.
   * @param settled Everything up to here is settled.
   */
  storedUpTo(settled: number): number {
    const first = this.#saving?.position ?? this.#unsaved?.position ??
      this.#pending[0]?.position;
    return first === undefined ? settled : Math.min(settled, first - 1);
  }

  /** Behind which of the input's envelopes it stands; 0 before the first. */
  get newestPosition(): number {
    return this.#newestPosition;
  }

  /** Everything up to this position of the input is settled. */
  settle(position: number): void {
    const first = this.#pending.findIndex((p) => p.position > position);
    const count = first < 0 ? this.#pending.length : first;
    if (count === 0) return;
    this.#unsaved = this.#pending[count - 1];
    this.#pending.splice(0, count);
    this.#sumUp();
    if (!this.#isWaiting) void this.#saveSoon();
  }

  /** Stores what is settled now. */
  async flush(): Promise<void> {
    // In a row: who comes while one is written must not be done before it.
    this.#saved = this.#saved.then(() => this.#save());
    await this.#saved;
  }

  /**
   * The same, for the end of a run: a folder that hangs, such as one of a network,
   * must not hold it up for ever.
   * @throws {DstreamError} `state.not_saved`
   */
  async flushInTime(): Promise<void> {
    const done = new AbortController();
    const late = this.#options.clock.sleep(LAST_SAVE_MS, done.signal)
      .then(() => true, () => false);
    const flushed = this.flush().then(() => false);
    const isLate = await Promise.race([flushed, late])
      .finally(() => done.abort());
    if (!isLate) return;
    throw new DstreamError(
      "state.not_saved",
      `the last state was not saved: its folder did not answer for ${
        LAST_SAVE_MS / 1000
      } s`,
      { hint: "what came after the state before it will come again" },
    );
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  /** Every second one is enough: a restart may step back a little further. */
  #thinOut(): void {
    const last = this.#pending.length - 1;
    this.#pending = this.#pending.filter((_, i) => i === last || i % 2 === 1);
    this.#sumUp();
  }

  #sumUp(): void {
    this.#pendingCharacters = this.#pending
      .reduce((sum, { characters }) => sum + characters, 0);
  }

  async #saveSoon(): Promise<void> {
    this.#isWaiting = true;
    const { clock, onFailure } = this.#options;
    const dueMs = this.#savedMs + SAVE_EVERY_MS - clock.monotonicMs();
    try {
      if (dueMs > 0) await clock.sleep(dueMs, this.#closed.signal);
      this.#isWaiting = false;
      await this.flush();
    } catch (error) {
      this.#isWaiting = false;
      if (!this.#closed.signal.aborted) onFailure(error);
    }
  }

  async #save(): Promise<void> {
    const unsaved = this.#unsaved;
    if (unsaved === undefined) return;
    this.#unsaved = undefined;
    this.#saving = unsaved;
    const { store, stored, label, provider, clock, onSaved } = this.#options;
    this.#savedMs = clock.monotonicMs();
    const savedAt = new Date(clock.wallMs()).toISOString();
    await store.save({
      ...stored,
      [label]: { provider, savedAt, state: unsaved.state },
    });
    this.#saving = undefined;
    onSaved?.();
  }
}
