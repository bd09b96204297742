/**
 * Notices that an output dies at the same place again and again.
 *
 * @module
 */

const DEATHS_BEFORE_SUSPICION = 2;

/** Counts deaths by place. */
export class PoisonWatch {
  #position = -1;
  #deaths = 0;

  /** The output died when everything up to `settled` was settled. */
  died(settled: number): void {
    this.#deaths = settled === this.#position ? this.#deaths + 1 : 1;
    this.#position = settled;
  }

  /** Whether what comes next should go one envelope at a time. */
  get isSuspected(): boolean {
    return this.#deaths >= DEATHS_BEFORE_SUSPICION;
  }

  /** Nothing there kills, or what did is buried. */
  clear(): void {
    this.#deaths = 0;
    this.#position = -1;
  }
}
