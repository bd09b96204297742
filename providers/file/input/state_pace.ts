/**
 * How often the state and the progress are worth sending.
 *
 * The state names every file, so with thousands of them it would outweigh the
 * data: it is sent after so many bytes that it stays a small part of them, but once a
 * second at least, so that a crash repeats no more than that.
 *
 * @module
 */

const BYTES_PER_STATE_BYTE = 8;
/** What one file takes in the state, roughly. */
const PLACE_BYTES = 256;
const STATE_INTERVAL_MS = 1000;
const PROGRESS_INTERVAL_MS = 1000;

export class StatePace {
  #bytes = 0;
  #stateAtMs = -Infinity;
  #progressAtMs: number | undefined;

  /** Whether the batch that adds so many bytes should carry a state. */
  isDue(addedBytes: number, fileCount: number, nowMs: number): boolean {
    this.#bytes += addedBytes;
    const isMuch =
      this.#bytes >= fileCount * PLACE_BYTES * BYTES_PER_STATE_BYTE;
    const isLongAgo = nowMs - this.#stateAtMs >= STATE_INTERVAL_MS;
    if (!isMuch && !isLongAgo) return false;
    this.#bytes = 0;
    this.#stateAtMs = nowMs;
    return true;
  }

  /** Bytes were sent that no state covers. */
  get isBehind(): boolean {
    return this.#bytes > 0;
  }

  /**
   * Whether a second has gone by; not at the very start.
   * @param nowMs Monotonic.
   */
  isProgressDue(nowMs: number): boolean {
    this.#progressAtMs ??= nowMs;
    if (nowMs - this.#progressAtMs < PROGRESS_INTERVAL_MS) return false;
    this.#progressAtMs = nowMs;
    return true;
  }
}
