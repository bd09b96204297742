/**
 * How many bytes of lines the CLI keeps for this output.
 *
 * @module
 */

interface Mark {
  readonly seq: number;
  readonly endBytes: number;
}

export class HeldLines {
  /** The end of each batch, oldest first. */
  readonly #marks: Mark[] = [];
  #takenBytes = 0;
  #takenSeq = 0;

  /** The place of the last line that was taken. */
  get takenSeq(): number {
    return this.#takenSeq;
  }

  /** A batch was taken, whose last line has this place. */
  add(lastSeq: number, sizeBytes: number): void {
    this.#takenBytes += sizeBytes;
    this.#takenSeq = lastSeq;
    this.#marks.push({ seq: lastSeq, endBytes: this.#takenBytes });
  }

  /** The bytes of lines from that place on. */
  bytesFrom(seq: number): number {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    const before = low === 0 ? this.#forgottenBytes : this.#marks[low - 1];
    return this.#takenBytes -
      (typeof before === "number" ? before : before.endBytes);
  }

  /** Lines up to that place are settled. */
  forget(seq: number): void {
    const later = this.#marks.findIndex((mark) => mark.seq > seq);
    const done = later < 0 ? this.#marks.length : later;
    const last = this.#marks.splice(0, done).at(-1);
    if (last !== undefined) this.#forgottenBytes = last.endBytes;
  }

  #forgottenBytes = 0;
}
