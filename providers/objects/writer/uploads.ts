/**
 * Finished files on their way into the store: a few at once, those of one table and
 * folder one after the other.
 *
 * Their order matters: a name says that all before it is stored.
 *
 * @module
 */

/** Uploads at once. */
const MOST_RUNNING = 4;
/** Finished files that may wait besides; then the stream does. */
const MOST_WAITING = 8;

/** A file to be stored. */
export interface Upload {
  /** One after the other with those of the same. */
  readonly order: unknown;
  /** The place of its first line among those the output has got. */
  readonly firstSeq: number;
  run(): Promise<void>;
}

export class Uploads {
  readonly #pending = new Set<Upload>();
  readonly #tails = new Map<unknown, Promise<void>>();
  readonly #onDone: () => void;
  #running = 0;
  #freed = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;

  /** @param onDone Called after each that was stored. */
  constructor(onDone: () => void) {
    this.#onDone = onDone;
  }

  /** The first line of all that isn't stored. */
  get firstSeq(): number {
    let least = Infinity;
    for (const { firstSeq } of this.#pending) {
      least = Math.min(least, firstSeq);
    }
    return least;
  }

  /** Waits while too many wait. @throws Why an earlier one failed. */
  async add(upload: Upload): Promise<void> {
    this.throwFailure();
    this.#pending.add(upload);
    const before = this.#tails.get(upload.order) ?? Promise.resolve();
    const done = this.#run(upload, before);
    this.#tails.set(upload.order, done);
    while (
      this.#pending.size > MOST_RUNNING + MOST_WAITING &&
      this.#failure === undefined
    ) {
      await this.#freed.promise;
    }
    this.throwFailure();
  }

  /** Until one more is stored. @throws Why one failed. */
  async next(): Promise<void> {
    if (this.#pending.size > 0) await this.#freed.promise;
    this.throwFailure();
  }

  /** Until all are stored. @throws Why one failed. */
  async drain(): Promise<void> {
    await Promise.all(this.#tails.values());
    this.throwFailure();
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Never rejects: what failed is told to whoever asks next. */
  async #run(upload: Upload, before: Promise<void>): Promise<void> {
    await before;
    while (this.#running >= MOST_RUNNING) await this.#freed.promise;
    this.#running++;
    try {
      if (this.#failure !== undefined) return;
      await upload.run();
      this.#pending.delete(upload);
      this.#onDone();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#running--;
      this.#forgetTail(upload);
      this.#freed.resolve();
      this.#freed = Promise.withResolvers();
    }
  }

  #forgetTail({ order }: Upload): void {
    const isLast = [...this.#pending].every((other) => other.order !== order);
    if (isLast) this.#tails.delete(order);
  }
}
