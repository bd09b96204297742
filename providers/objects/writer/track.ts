/**
 * How far the rows of one table, bound for one folder, are stored: what makes
 * repeats harmless.
 *
 * Positions only grow (of Kafka: within a partition), so everything up to the last
 * one that was stored is there, and what comes again after a crash is left out. Rows
 * of a snapshot may share a position; only when the next one differs is it known that
 * all of them were seen.
 *
 * @module
 */

export class Track {
  /** All rows up to there are stored, or lie in a file that will be. */
  #through: string | undefined;
  /** The newest row's, of which more may come. */
  #pending: string | undefined;

  /** @param through What the names of stored files tell. */
  constructor(through: string | undefined) {
    this.#through = through;
  }

  /** All rows up to there were taken. */
  get through(): string | undefined {
    return this.#through;
  }

  /** Whether a row is stored already, or lies in a file that will be. */
  isTaken(position: string): boolean {
    return !isAfter(position, this.#through);
  }

  /**
   * A row that wasn't taken before.
   *
   * @param isUnique No other row has this position.
   */
  take(position: string, isUnique: boolean): void {
    const pending = this.#pending;
    if (isAfter(position, pending)) {
      if (pending !== undefined && isAfter(pending, this.#through)) {
        this.#through = pending;
      }
      this.#pending = position;
    }
    if (isUnique) this.#through = position;
  }
}

/** As text; whole numbers by their value. `undefined` is before everything. */
export function isAfter(
  position: string,
  other: string | undefined,
): boolean {
  if (other === undefined) return true;
  if (position.length === other.length || !areCounts(position, other)) {
    return position > other;
  }
  return BigInt(position) > BigInt(other);
}

function areCounts(a: string, b: string): boolean {
  return COUNT.test(a) && COUNT.test(b);
}

const COUNT = /^\d+$/;
const LOG_PLACE = /^(.+\/\d{19})\/\d{19}$/;

/**
 * What a position grows within: of `topic/partition/offset` the first two, since
 * partitions are read side by side; of all others the table.
 */
export function seriesOf(position: string): string {
  return LOG_PLACE.exec(position)?.[1] ?? "";
}
