/**
 * How many rows the next query asks for.
 *
 * From what rows weighed so far, so that a batch is about as large as wanted; a
 * query that took too long makes the next one smaller, and quick ones let it grow
 * again.
 *
 * @module
 */

/** Bounds of one reading. */
export interface BatchBounds {
  readonly minRows: number;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly maxQueryMs: number;
}

/** What a reading was. */
export interface ReadingSize {
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** So that both rows of an update fit. */
const FEWEST_ROWS = 2;
/** As long as nobody knows what a row weighs. */
const FIRST_ROWS = 500;
/** How much the newest reading counts. */
const WEIGHT = 0.3;
const GROWTH = 1.5;

/** Rows of the next query, from the bytes and milliseconds of those before. */
export class BatchSizer {
  readonly #bounds: BatchBounds;
  #rowBytes: number | undefined;
  /** What the time per query allows. */
  #timelyRows = Infinity;

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds;
  }

  /** For the next query. */
  get rows(): number {
    const { minRows, maxRows, maxBytes } = this.#bounds;
    const fitting = this.#rowBytes === undefined
      ? FIRST_ROWS
      : Math.floor(maxBytes / this.#rowBytes);
    // A slow server isn't made faster by ever smaller questions; large rows are
    // what a few of them weigh.
    const timely = Math.max(minRows, this.#timelyRows);
    const wanted = Math.min(fitting, timely, maxRows);
    return Math.max(FEWEST_ROWS, Math.floor(wanted));
  }

  /** Learns from a reading. */
  observe({ rows, bytes, elapsedMs }: ReadingSize): void {
    if (rows === 0) return;
    const rowBytes = Math.max(1, bytes / rows);
    this.#rowBytes = this.#rowBytes === undefined
      ? rowBytes
      // One batch of large rows counts at once, small ones little by little.
      : Math.max(
        rowBytes * WEIGHT + this.#rowBytes * (1 - WEIGHT),
        rowBytes > this.#rowBytes * 4 ? rowBytes : 0,
      );
    const { maxQueryMs } = this.#bounds;
    this.#timelyRows = elapsedMs > maxQueryMs
      ? Math.max(1, rows * maxQueryMs / elapsedMs)
      : this.#timelyRows * GROWTH;
  }
}
