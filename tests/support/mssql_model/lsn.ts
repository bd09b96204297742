/**
 * Log sequence numbers: ten bytes, ordered as bytes are.
 *
 * @module
 */

/** Ten bytes. */
export type Lsn = Uint8Array<ArrayBuffer>;

/** 0x0: what fn_cdc_get_min_lsn says when there is no such instance. */
export const ZERO_LSN: Lsn = new Uint8Array(10);

/** The virtual log file of every LSN of the model. */
const LOG_FILE = 0x20;

/**
 * @param block Counts upwards; each transaction has one.
 * @param slot Counts within the block; 0 to 65,535.
 */
export function makeLsn(block: number, slot: number): Lsn {
  const lsn = new Uint8Array(10);
  const view = new DataView(lsn.buffer);
  view.setUint32(0, LOG_FILE);
  view.setUint32(4, block);
  view.setUint16(8, slot);
  return lsn;
}

/** @returns Below 0, 0 or above, as sort() wants it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/** @returns `0x` and hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  return `0x${digits.join("")}`.toUpperCase().replace("0X", "0x");
}

/** The bytes of `0x…`. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/^0x/i, "").match(/../g) ?? [];
  return Uint8Array.from(digits, (pair) => parseInt(pair, 16));
}
