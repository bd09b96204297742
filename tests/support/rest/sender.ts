/**
 * Sends webhooks as services do: again and again until they are taken.
 *
 * @module
 */

/** Requests that are open at once. */
const AT_ONCE = 50;

/** Sends many records at once to who listens there, as services do. */
export class Sender implements AsyncDisposable {
  readonly #stop = new AbortController();
  /** All were taken, or it was stopped. */
  readonly done: Promise<void>;
  /** How many were answered with success. */
  taken = 0;

  constructor(readonly url: string, readonly bodies: readonly string[]) {
    this.done = this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    const left = this.bodies.values();
    const lanes = Array.from({ length: AT_ONCE }, () => this.#lane(left));
    await Promise.all(lanes);
  }

  async #lane(left: Iterator<string>): Promise<void> {
    for (;;) {
      const { value: body, done } = left.next();
      if (done) return;
      while (!await this.#send(body)) {
        if (this.#stop.signal.aborted) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      this.taken++;
    }
  }

  async #send(body: string): Promise<boolean> {
    try {
      const response = await fetch(this.url, {
        method: "POST",
        body,
        signal: this.#stop.signal,
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false; // Nobody listens, or no longer.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.done;
  }
}
