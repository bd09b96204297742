/**
 * Values by position, forgotten from the front as lines are settled.
 *
 * A plain map is not enough: whoever walks over it from its first key passes the
 * place of every key that was deleted, and so a hundred thousand refused lines would
 * cost the square of their number.
 *
 * @module
 */

/** Of lines that are not settled yet. */
export class ByPosition<T> {
  readonly #values = new Map<number, T>();
  #forgotten = 0;

  /** How many there are. */
  get size(): number {
    return this.#values.size;
  }

  has(position: number): boolean {
    return this.#values.has(position);
  }

  get(position: number): T | undefined {
    return this.#values.get(position);
  }

  set(position: number, value: T): void {
    this.#values.set(position, value);
  }

  /** Forgets everything up to a position. Costs what it goes forward, at most. */
  forget(upTo: number): void {
    if (upTo <= this.#forgotten) return;
    if (upTo - this.#forgotten > this.#values.size) this.#walk(upTo);
    else this.#step(upTo);
    this.#forgotten = upTo;
  }

  /** Few values, many positions. */
  #walk(upTo: number): void {
    for (const position of this.#values.keys()) {
      if (position <= upTo) this.#values.delete(position);
    }
  }

  #step(upTo: number): void {
    for (let at = this.#forgotten + 1; at <= upTo; at++) {
      this.#values.delete(at);
    }
  }
}
