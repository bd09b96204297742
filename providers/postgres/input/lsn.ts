/**
 * Places in Postgres's write-ahead log.
 *
 * @module
 */

/** A place in the log: a count of bytes. */
export type Lsn = bigint;

/**
 * Reads `16/B374D848`.
 *
 * @example
 * ```ts
 * if (formatLsn(parseLsn("16/B374D848")) !== "16/B374D848") throw new Error();
 * ```
 */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** As Postgres shows it. */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffff_ffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}

/** In a fixed width, so that it sorts as text. */
export function sortableLsn(lsn: Lsn): string {
  return lsn.toString(16).toUpperCase().padStart(16, "0");
}
