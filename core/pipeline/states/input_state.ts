/**
 * What one input left in earlier runs, and the right to replace it.
 *
 * Inputs that keep a checkpoint of their own never lock, so several runs may share
 * such a task. Where a state is stored the lock comes before the look.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import { DstreamError } from "../../base/errors.ts";
import type { Clock } from "../../ports/mod.ts";
import type { Json } from "../../protocol/mod.ts";
import { StateKeeper } from "./state_keeper.ts";
import type { StateStore, StoredStates } from "./state_store.ts";

/** One input's place in the store. */
export class InputState implements Disposable {
  readonly #store: StateStore;
  readonly #label: string;
  readonly #provider: string;
  #states: StoredStates;
  #lock: Disposable | undefined;

  /**
   * Looks for a stored state.
   * @throws {DstreamError} `state.…` when it is damaged, in use or another's.
   */
  static async open(
    store: StateStore,
    block: ProviderBlock,
    provider: string,
  ): Promise<InputState> {
    const label = block.label ?? "input";
    const state = new InputState(store, label, provider, await store.load());
    if (state.#states[label] === undefined) {
      await store.refuseOthers?.();
      return state;
    }
    state.#lock = await store.lock();
    state.#states = await store.load();
    state.#refuseAnothers();
    return state;
  }

  private constructor(
    store: StateStore,
    label: string,
    provider: string,
    states: StoredStates,
  ) {
    this.#store = store;
    this.#label = label;
    this.#provider = provider;
    this.#states = states;
  }

  /** What the input goes on from. */
  get resume(): Json | undefined {
    return this.#states[this.#label]?.state;
  }

  /** Begins to store the input's states. */
  async keep(
    clock: Clock,
    onFailure: (error: unknown) => void,
    onSaved?: () => void,
  ): Promise<StateKeeper> {
    this.#lock ??= await this.#store.lock();
    return new StateKeeper({
      store: this.#store,
      stored: this.#states,
      label: this.#label,
      provider: this.#provider,
      clock,
      onFailure,
      onSaved,
    });
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
  }

  #refuseAnothers(): void {
    const other = this.#states[this.#label]?.provider;
    if (other === undefined || other === this.#provider) return;
    this.#lock?.[Symbol.dispose]();
    throw new DstreamError(
      "state.other_provider",
      `the stored state of "${this.#label}" is from provider "${other}", not ` +
        `"${this.#provider}"`,
      { hint: "remove the state to start from the beginning" },
    );
  }
}
