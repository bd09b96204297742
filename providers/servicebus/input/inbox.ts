/**
 * Messages that came and were not handed over yet, oldest first.
 *
 * @module
 */

/** What it holds is bounded by what is asked for. */
export class Inbox<T> {
  #items: T[] = [];
  #wake: (() => void) | undefined;

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Takes the oldest, `most` at most. */
  take(most: number): T[] {
    return this.#items.splice(0, most);
  }

  /** Resolves when something is there, `waitMs` are over, or on `signal`. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#items.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      signal.addEventListener("abort", end);
      this.#wake = end;
    });
  }
}
