/**
 * Waiting until a count has reached a position.
 *
 * However many wait, a step forward costs only those that it wakes.
 *
 * @module
 */

interface Wait {
  readonly position: number;
  readonly wake: () => void;
}

/** Those who wait, by position. */
export class SettledWaits {
  /** In order; what is woken leaves at the front. */
  readonly #waits: Wait[] = [];
  #first = 0;
  #reached = 0;

  /** Resolves once {@link reach} was called with this position or a later one. */
  until(position: number): Promise<void> {
    if (position <= this.#reached) return Promise.resolve();
    return new Promise((resolve) => this.#add({ position, wake: resolve }));
  }

  /** Everything up to `position` is so. Lower ones are ignored. */
  reach(position: number): void {
    this.#reached = Math.max(this.#reached, position);
    const waits = this.#waits;
    while (waits[this.#first]?.position <= position) {
      waits[this.#first++].wake();
    }
    if (this.#first < 1024 && this.#first < waits.length) return;
    waits.splice(0, this.#first);
    this.#first = 0;
  }

  /** Nearly always behind the last one. */
  #add(wait: Wait): void {
    let at = this.#waits.length;
    while (
      at > this.#first && this.#waits[at - 1].position > wait.position
    ) at--;
    this.#waits.splice(at, 0, wait);
  }
}
