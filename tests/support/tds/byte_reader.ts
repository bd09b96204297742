/**
 * Reads what ByteWriter writes. Reading past the end is a fault of the client and
 * throws RangeError; the connection then closes.
 *
 * @module
 */

const utf16 = new TextDecoder("utf-16le");

/** Numbers are little-endian unless the name says otherwise. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  get remaining(): number {
    return this.#bytes.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u16be(): number {
    return this.#view.getUint16(this.#advance(2), false);
  }

  u24(): number {
    return this.u16() + this.u8() * 0x1_0000;
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u40(): number {
    return this.u32() + this.u8() * 0x1_0000_0000;
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#advance(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** A copy. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    const at = this.#advance(count);
    return new Uint8Array(this.#bytes.subarray(at, at + count));
  }

  /** UTF-16 of so many bytes. */
  ucs2(sizeBytes: number): string {
    return utf16.decode(this.bytes(sizeBytes));
  }

  bVarchar(): string {
    return this.ucs2(this.u8() * 2);
  }

  usVarchar(): string {
    return this.ucs2(this.u16() * 2);
  }

  /** The rest as UTF-16. */
  restUcs2(): string {
    return this.ucs2(this.remaining);
  }

  #advance(count: number): number {
    const at = this.at;
    if (count < 0 || at + count > this.#bytes.length) {
      throw new RangeError(`the message ends ${count} bytes too early`);
    }
    this.at += count;
    return at;
  }
}
