/**
 * A buffer that grows, for the little-endian numbers and counted strings of TDS.
 *
 * Rows are encoded straight into it, so it must be quick: it keeps its memory when
 * it is emptied and hands out views instead of copies. The place is always taken before
 * the memory is touched, since taking it may move the memory.
 *
 * @module
 */

/** Numbers are little-endian unless the name says otherwise. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  length = 0;

  constructor(capacityBytes = 1024) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written; valid until the next write. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  u16(value: number): void {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, true);
  }

  u24(value: number): void {
    this.u16(value & 0xffff);
    this.u8(value >>> 16);
  }

  u32(value: number): void {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, true);
  }

  u32be(value: number): void {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, false);
  }

  /** For whole numbers up to 2^40. */
  u40(value: number): void {
    this.u32(value % 0x1_0000_0000);
    this.u8(Math.floor(value / 0x1_0000_0000));
  }

  u64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, value, true);
  }

  i16(value: number): void {
    const at = this.#advance(2);
    this.#view.setInt16(at, value, true);
  }

  i32(value: number): void {
    const at = this.#advance(4);
    this.#view.setInt32(at, value, true);
  }

  i64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigInt64(at, value, true);
  }

  f32(value: number): void {
    const at = this.#advance(4);
    this.#view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#advance(8);
    this.#view.setFloat64(at, value, true);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  zeros(count: number): void {
    const at = this.#advance(count);
    this.#bytes.fill(0, at, at + count);
  }

  /** UTF-16, without a length. */
  ucs2(text: string): void {
    let at = this.#advance(text.length * 2);
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      bytes[at++] = unit & 0xff;
      bytes[at++] = unit >>> 8;
    }
  }

  /** ASCII, without a length. @returns False, and nothing is written, for other text. */
  ascii(text: string): boolean {
    const start = this.#advance(text.length);
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.length = start;
        return false;
      }
      bytes[start + i] = unit;
    }
    return true;
  }

  /** B_VARCHAR: one byte of length in characters (MS-TDS 2.2.5.1.1). */
  bVarchar(text: string): void {
    this.u8(text.length);
    this.ucs2(text);
  }

  /** US_VARCHAR: two bytes of length in characters. */
  usVarchar(text: string): void {
    this.u16(text.length);
    this.ucs2(text);
  }

  /** Leaves `count` bytes for a length that is known later. @returns Their place. */
  placeholder(count: 2 | 4): number {
    return this.#advance(count);
  }

  /** Fills a placeholder of two bytes with what was written since. */
  fillU16(place: number): void {
    this.#view.setUint16(place, this.length - place - 2, true);
  }

  /** Fills a placeholder of four bytes with what was written since. */
  fillU32(place: number): void {
    this.#view.setUint32(place, this.length - place - 4, true);
  }

  #advance(count: number): number {
    this.#reserve(count);
    const at = this.length;
    this.length += count;
    return at;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
