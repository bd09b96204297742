/**
 * Rejections without a place, in order.
 *
 * What is settled goes up to the first of them and no further.
 *
 * @module
 */

/** The positions; they come and go nearly in order. */
export class OpenPositions {
  #positions: number[] = [];
  #head = 0;
  readonly #gone = new Set<number>();

  /** The lowest; `undefined`: none. */
  get first(): number | undefined {
    return this.#positions[this.#head];
  }

  /** Once, however often it is added. */
  add(position: number): void {
    let at = this.#positions.length;
    while (at > this.#head && this.#positions[at - 1] >= position) at--;
    if (this.#positions[at] === position) return;
    this.#positions.splice(at, 0, position);
  }

  /** It has its place. */
  delete(position: number): void {
    if (this.first === undefined || position < this.first) return;
    this.#gone.add(position);
    while (this.first !== undefined && this.#gone.delete(this.first)) {
      this.#head++;
    }
    if (this.#head < 1024 && this.#head < this.#positions.length) return;
    this.#positions = this.#positions.slice(this.#head);
    this.#head = 0;
    if (this.#positions.length === 0) this.#gone.clear();
  }
}
