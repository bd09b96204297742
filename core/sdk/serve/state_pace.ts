/**
 * How far states may lie apart so that a crash repeats less than a second.
 *
 * What was written lies in the CLI's window until the destination takes it, at a
 * pace that an input can't see: it learns it from the back-pressure, one window
 * late. Until a window and the one after have gone by states come densely; then
 * about four in the time the destination takes for what lies between.
 *
 * @module
 */

/** As the CLI says it in the start line. */
export interface Window {
  readonly bytes: number;
  readonly envelopes: number;
}

/** Of a destination whose pace isn't known. */
const LEAST_BYTES = 16 * 1024;
const LEAST_ENVELOPES = 64;
/** Before the first line nobody knows how long they are. */
const FIRST_BYTES = 4 * 1024;
/** Of the fastest destination. */
const MOST_BYTES = 1024 * 1024;
const MOST_ENVELOPES = 10_000;
/** What the destination takes between two states. */
const SPACING_MS = 250;
/** A window that was filled while the destination took nothing tells no pace. */
const FIRST_TELLING_WINDOW = 2;

export class StatePace {
  readonly #window: Window;
  readonly #nowMs: () => number;
  #sinceMs: number;
  #bytes = 0;
  #envelopes = 0;
  #windows = 0;
  #spacingBytes = LEAST_BYTES;
  #spacingEnvelopes = LEAST_ENVELOPES;
  #lineBytes = 0;

  constructor(window: Window, nowMs: () => number) {
    this.#window = window;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** Whether so much without a state is too much. */
  isFar(bytes: number, envelopes: number): boolean {
    return bytes >= this.#spacingBytes || envelopes >= this.#spacingEnvelopes;
  }

  /** What a batch may hold whose state is to come soon enough. */
  get batchBytes(): number {
    const mostBytes = this.#lineBytes * this.#spacingEnvelopes;
    return mostBytes === 0
      ? FIRST_BYTES
      : Math.ceil(Math.min(this.#spacingBytes, mostBytes));
  }

  /** So much was written. */
  wrote(bytes: number, envelopes: number): void {
    this.#bytes += bytes;
    this.#envelopes += envelopes;
    const isWindow = this.#bytes >= this.#window.bytes ||
      this.#envelopes >= this.#window.envelopes;
    if (this.#envelopes > 0) this.#lineBytes = this.#bytes / this.#envelopes;
    if (isWindow) this.#endWindow();
  }

  #endWindow(): void {
    const nowMs = this.#nowMs();
    const tookMs = Math.max(1, nowMs - this.#sinceMs);
    if (++this.#windows >= FIRST_TELLING_WINDOW) {
      const part = SPACING_MS / tookMs;
      const { min, max } = Math;
      this.#spacingBytes = max(
        LEAST_BYTES,
        min(MOST_BYTES, this.#bytes * part),
      );
      this.#spacingEnvelopes = max(
        LEAST_ENVELOPES,
        min(MOST_ENVELOPES, this.#envelopes * part),
      );
    }
    this.#sinceMs = nowMs;
    this.#bytes = this.#envelopes = 0;
  }
}
