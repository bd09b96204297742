/**
 * A gate that those who come to it wait at while it is closed.
 *
 * @module
 */

/** Open at first. */
export class Gate {
  #opened: PromiseWithResolvers<void> | undefined;

  get isOpen(): boolean {
    return this.#opened === undefined;
  }

  /** Resolves when it is opened; at once while it is open. */
  get opened(): Promise<void> {
    return this.#opened?.promise ?? Promise.resolve();
  }

  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }
}
