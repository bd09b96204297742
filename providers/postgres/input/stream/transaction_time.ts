/**
 * Postgres's times: microseconds since 2000.
 *
 * @module
 */

/** 2000-01-01 in milliseconds since 1970. */
const EPOCH_MS = 946_684_800_000;

/**
 * RFC 3339 in UTC, to the microsecond.
 *
 * @example
 * ```ts
 * if (commitTime(1n) !== "2000-01-01T00:00:00.000001Z") throw new Error();
 * ```
 */
export function commitTime(sinceEpochUs: bigint): string {
  const wholeMs = sinceEpochUs / 1000n;
  const date = new Date(Number(wholeMs) + EPOCH_MS).toISOString();
  const restUs = String(sinceEpochUs % 1000n).padStart(3, "0");
  return `${date.slice(0, -1)}${restUs}Z`;
}

/** Of a moment in milliseconds since 1970. */
export function toPostgresTime(wallMs: number): bigint {
  return BigInt(Math.trunc((wallMs - EPOCH_MS) * 1000));
}

/** Milliseconds since 1970. */
export function fromPostgresTime(sinceEpochUs: bigint): number {
  return Number(sinceEpochUs) / 1000 + EPOCH_MS;
}
