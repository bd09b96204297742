/**
 * Log sequence numbers: ten bytes, compared as unsigned big-endian.
 *
 * @module
 */

/** How many bytes each has. */
export const LSN_BYTES = 10;

/** Below every other; "nothing was read yet". */
export const ZERO_LSN: Uint8Array = new Uint8Array(LSN_BYTES);

/** @returns Negative, zero or positive, as `Array.sort` wants it. */
export function compareLsn(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < LSN_BYTES; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return 0;
}

/** @returns Whether it is all zeros: no position, or no rights to see one. */
export function isZeroLsn(lsn: Uint8Array): boolean {
  return lsn.every((byte) => byte === 0);
}

/** @returns The next one, as `sys.fn_cdc_increment_lsn` does. */
export function incrementLsn(lsn: Uint8Array): Uint8Array {
  const next = Uint8Array.from(lsn);
  for (let i = LSN_BYTES - 1; i >= 0; i--) {
    next[i] = (next[i] + 1) & 0xff;
    if (next[i] !== 0) break;
  }
  return next;
}

/** @returns The one before, as `sys.fn_cdc_decrement_lsn` does. */
export function decrementLsn(lsn: Uint8Array): Uint8Array {
  const previous = Uint8Array.from(lsn);
  for (let i = LSN_BYTES - 1; i >= 0; i--) {
    previous[i] = (previous[i] - 1) & 0xff;
    if (previous[i] !== 0xff) break;
  }
  return previous;
}

/** @returns 20 hexadecimal digits, lower case as upstream writes them. */
export function formatLsn(lsn: Uint8Array): string {
  let text = "";
  for (let i = 0; i < LSN_BYTES; i++) text += HEX[lsn[i]];
  return text;
}

/** @returns `00000020:00000100:0001`: log file, block, slot. */
export function formatLsnParts(lsn: Uint8Array): string {
  const digits = formatLsn(lsn);
  return `${digits.slice(0, 8)}:${digits.slice(8, 16)}:${digits.slice(16)}`;
}

/**
 * Ten bytes of what a column held: shorter values are a prefix, as SQL Server
 * compares them.
 *
 * @returns {@link ZERO_LSN} for NULL.
 */
export function toLsn(value: Uint8Array | null | undefined): Uint8Array {
  if (value === null || value === undefined) return ZERO_LSN;
  if (value.length === LSN_BYTES) return Uint8Array.from(value);
  const lsn = new Uint8Array(LSN_BYTES);
  lsn.set(value.subarray(0, LSN_BYTES));
  return lsn;
}

/** @returns What {@link formatLsn} wrote. */
export function parseLsn(digits: string): Uint8Array {
  if (!/^[0-9a-f]{20}$/i.test(digits)) {
    throw new Error(`an LSN has 20 hexadecimal digits, got "${digits}"`);
  }
  return Uint8Array.from(
    { length: LSN_BYTES },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

const HEX = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);
