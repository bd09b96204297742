/**
 * A few connections, opened when needed and lent for one piece of work each.
 *
 * @module
 */

import type { Session } from "./session.ts";

/** Lends at most so many sessions; who finds none waits for its turn. */
export class SessionPool implements AsyncDisposable {
  readonly #open: (signal: AbortSignal) => Promise<Session>;
  readonly #idle: Session[] = [];
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #isClosed = false;

  /** @param size No more connections at once. */
  constructor(size: number, open: (signal: AbortSignal) => Promise<Session>) {
    this.#open = open;
    this.#free = size;
  }

  /** Lends a connection until `work` is done; waits while all are lent. */
  async use<T>(
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    await this.#reserve(signal);
    let session: Session | undefined;
    try {
      session = this.#takeIdle() ?? await this.#open(signal);
      return await work(session);
    } finally {
      if (session !== undefined) await this.#giveBack(session);
      this.#release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map((session) => session[Symbol.asyncDispose]()));
  }

  #takeIdle(): Session | undefined {
    for (;;) {
      const session = this.#idle.pop();
      if (session === undefined || !session.ended.aborted) return session;
    }
  }

  async #giveBack(session: Session): Promise<void> {
    if (session.ended.aborted) return;
    if (this.#isClosed) await session[Symbol.asyncDispose]();
    else this.#idle.push(session);
  }

  async #reserve(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** The place goes to whoever waits longest. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
