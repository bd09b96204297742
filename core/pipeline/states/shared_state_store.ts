/**
 * One store for the inputs of a task that run at the same time.
 *
 * The lock keeps other runs away, not the task's own inputs; and what one of them
 * saves must not bring back the old state of another.
 *
 * @module
 */

import type { StateStore, StoredState, StoredStates } from "./state_store.ts";

/** Hands each input a store of its own on the same file. */
export class SharedStateStore {
  readonly #store: StateStore;
  #lock: Promise<Disposable> | undefined;
  #look: Promise<void> | undefined;
  #holders = 0;
  /** As in the file, while the lock is held. */
  #states: StoredStates | undefined;
  /** One save at a time. */
  #last: Promise<void> = Promise.resolve();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** @param label The input's; of what it saves, only its own state counts. */
  of(label: string): StateStore {
    return {
      load: () => this.#store.load(),
      save: (states) => this.#save(label, states[label]),
      lock: () => this.#take(),
      refuseOthers: () => this.#refuseOthers(),
    };
  }

  #save(label: string, state: StoredState): Promise<void> {
    const saved = this.#last.then(async () => {
      const before = this.#states ?? await this.#store.load();
      const states = { ...before, [label]: state };
      await this.#store.save(states);
      this.#states = states;
    });
    this.#last = saved.catch(() => {});
    return saved;
  }

  /** One look for all of them: a look holds the lock for a moment itself. */
  async #refuseOthers(): Promise<void> {
    if (this.#lock !== undefined) return;
    this.#look ??= Promise.resolve(this.#store.refuseOthers?.())
      .finally(() => this.#look = undefined);
    await this.#look;
  }

  async #take(): Promise<Disposable> {
    const look = this.#look ?? Promise.resolve();
    this.#lock ??= look.catch(() => {}).then(() => this.#store.lock());
    this.#holders++;
    try {
      const lock = await this.#lock;
      return { [Symbol.dispose]: () => this.#release(lock) };
    } catch (error) {
      this.#release(undefined);
      throw error;
    }
  }

  #release(lock: Disposable | undefined): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.#lock = undefined;
    this.#states = undefined;
    lock?.[Symbol.dispose]();
  }
}
