/**
 * Tells the server how far it may forget, on time, whatever else is going on.
 *
 * An output that blocks stops the reading of changes, but not this: without it the
 * server would cut the connection after `wal_sender_timeout`.
 *
 * @module
 */

import type { Frames } from "./frames.ts";
import type { SlotProgress } from "./slot_progress.ts";
import { toPostgresTime } from "./transaction_time.ts";

/** How often news are looked for. */
const TICK_MS = 500;
/** What is not new is said again after this at the latest. */
const MAX_PAUSE_MS = 10_000;

/** What the sender goes by. */
export interface StatusOptions {
  /** `wal_sender_timeout`; 0: none. */
  readonly serverTimeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One per connection. */
export class StatusSender {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #pauseMs: number;
  #sentMs = performance.now();
  #said = -1n;

  constructor(
    private readonly frames: Frames,
    private readonly progress: SlotProgress,
    private readonly options: StatusOptions,
  ) {
    const { serverTimeoutMs } = options;
    this.#pauseMs = serverTimeoutMs === 0
      ? MAX_PAUSE_MS
      : Math.min(MAX_PAUSE_MS, serverTimeoutMs / 3);
    const tickMs = Math.min(TICK_MS, this.#pauseMs / 2);
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Says it at once. */
  send({ wantsReply = false } = {}): void {
    if (this.frames.isBroken) return;
    const { confirmed } = this.progress;
    const payload = new Uint8Array(34);
    const view = new DataView(payload.buffer);
    payload[0] = 0x72; // r
    view.setBigUint64(1, confirmed); // written
    view.setBigUint64(9, confirmed); // flushed: what counts
    view.setBigUint64(17, confirmed); // applied
    view.setBigInt64(25, toPostgresTime(this.options.now()));
    payload[33] = wantsReply ? 1 : 0;
    this.frames.send("d", payload);
    this.#sentMs = performance.now();
    this.#said = confirmed;
  }

  /** Says the newest and stops. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#said !== this.progress.confirmed) this.send();
  }

  #tick(): void {
    const isDue = performance.now() - this.#sentMs >= this.#pauseMs;
    if (isDue || this.#said !== this.progress.confirmed) this.send();
  }
}
