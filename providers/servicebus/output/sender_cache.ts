/**
 * Open senders, the least recently used closed when there are too many.
 *
 * @module
 */

/** What can be closed. */
export interface Closable {
  close(): Promise<void>;
}

interface Entry<T> {
  readonly sender: T;
  users: number;
}

/** Senders by their destination. */
export class SenderCache<T extends Closable> {
  readonly #open = new Map<string, Entry<T>>();
  readonly #create: (destination: string) => T;
  readonly #limit: number;

  /** @param limit May be passed only while more than so many are in use. */
  constructor(limit: number, create: (destination: string) => T) {
    this.#limit = limit;
    this.#create = create;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Lends a sender out, opened if it isn't. */
  async use<R>(
    destination: string,
    work: (sender: T) => Promise<R>,
  ): Promise<R> {
    const entry = this.#take(destination);
    entry.users++;
    try {
      await this.#closeUnused();
      return await work(entry.sender);
    } finally {
      entry.users--;
    }
  }

  async closeAll(): Promise<void> {
    const senders = [...this.#open.values()].map(({ sender }) => sender);
    this.#open.clear();
    await Promise.allSettled(senders.map((sender) => sender.close()));
  }

  #take(destination: string): Entry<T> {
    const key = destination.toLowerCase();
    const entry = this.#open.get(key) ??
      { sender: this.#create(destination), users: 0 };
    this.#open.delete(key); // the newest is last
    this.#open.set(key, entry);
    return entry;
  }

  async #closeUnused(): Promise<void> {
    for (const [key, { sender, users }] of this.#open) {
      if (this.#open.size <= this.#limit) return;
      if (users > 0) continue;
      this.#open.delete(key);
      await sender.close().catch(() => {}); // it is of no use any more
    }
  }
}
