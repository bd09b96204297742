/**
 * Messages that may be delivered, in the order of their sequence numbers.
 *
 * New ones come at the end and are taken from the front; only those whose lock is
 * given back go somewhere else, which is near the front.
 *
 * @module
 */

/** What has a place in the order. */
export interface Sequenced {
  readonly sequence: number;
}

/** Taken messages leave a gap at the front, closed when it gets long. */
const LONGEST_GAP = 1024;

export class ReadyList<T extends Sequenced> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  first(): T | undefined {
    return this.#items[this.#head];
  }

  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    if (this.#head > LONGEST_GAP) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  add(item: T): void {
    const last = this.#items.at(-1);
    if (this.size === 0 || last!.sequence < item.sequence) {
      this.#items.push(item);
    } else this.#items.splice(this.#placeOf(item.sequence), 0, item);
  }

  delete(item: T): void {
    const place = this.#placeOf(item.sequence);
    if (this.#items[place] === item) this.#items.splice(place, 1);
  }

  #placeOf(sequence: number): number {
    let [low, high] = [this.#head, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#items[middle].sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
