/**
 * Cuts a zstd file into its frames.
 *
 * A .zst file may hold several frames, one after the other (`cat a.zst b.zst`,
 * parallel compressors), but node:zlib stops silently after the first, and a file
 * that was cut off ends silently too. Frames are made of blocks with lengths, so
 * their ends are found without decompressing: RFC 8878, section 3.1.
 *
 * @module
 */

import { DstreamError } from "@dstream/sdk";

const FRAME_MAGIC = 0xfd2fb528;
/** 0x184D2A50 to 0x184D2A5F: frames of other programs, to be passed over. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RLE_BLOCK = 1;

/** A part of one frame; `isEnd` is set on its last part. */
export interface FramePart {
  readonly bytes: Uint8Array;
  readonly isEnd: boolean;
}

/** What the next bytes are. */
type Expecting =
  | { readonly kind: "magic" }
  | { readonly kind: "skippable_length" }
  | { readonly kind: "descriptor" }
  | { readonly kind: "block_header" }
  | { readonly kind: "body"; leftBytes: number; readonly isLast: boolean };

/**
 * @param pieces The file's bytes, in pieces of any length.
 * @throws {DstreamError} `file.compression_damaged`
 */
export async function* zstdFrames(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<FramePart> {
  const walker = new FrameWalker();
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const { consumed, isEnd } = walker.walk(piece.subarray(at));
      yield { bytes: piece.subarray(at, at + consumed), isEnd };
      at += consumed;
    }
  }
  if (!walker.isBetweenFrames) throw damaged("it was cut off");
}

class FrameWalker {
  #expecting: Expecting = { kind: "magic" };
  /** The bytes of a header seen so far: at most 14. */
  #header: number[] = [];
  #hasChecksum = false;

  get isBetweenFrames(): boolean {
    return this.#expecting.kind === "magic" && this.#header.length === 0;
  }

  /** How many bytes belong to this frame, and whether it ends there. */
  walk(bytes: Uint8Array): { consumed: number; isEnd: boolean } {
    for (let at = 0; at < bytes.length;) {
      const expecting = this.#expecting;
      if (expecting.kind === "body") {
        const taken = Math.min(expecting.leftBytes, bytes.length - at);
        expecting.leftBytes -= taken;
        at += taken;
      } else {
        this.#header.push(bytes[at++]);
        this.#readHeader(expecting.kind);
      }
      if (this.#endsHere()) return { consumed: at, isEnd: true };
    }
    return { consumed: bytes.length, isEnd: false };
  }

  /** Goes from a finished body to what follows it. */
  #endsHere(): boolean {
    const body = this.#expecting;
    if (body.kind !== "body" || body.leftBytes > 0) return false;
    this.#expecting = body.isLast
      ? { kind: "magic" }
      : { kind: "block_header" };
    return body.isLast;
  }

  #readHeader(kind: Exclude<Expecting["kind"], "body">): void {
    const header = this.#header;
    if (header.length < this.#headerBytes(kind)) return;
    this.#header = [];
    switch (kind) {
      case "magic":
        return this.#readMagic(littleEndian(header));
      case "skippable_length":
        return this.#expectBody(littleEndian(header), true);
      case "descriptor":
        this.#hasChecksum = (header[0] & 4) !== 0;
        this.#expecting = { kind: "block_header" };
        return;
      case "block_header":
        return this.#readBlockHeader(littleEndian(header));
    }
  }

  #headerBytes(kind: Exclude<Expecting["kind"], "body">): number {
    if (kind === "block_header") return BLOCK_HEADER_BYTES;
    if (kind !== "descriptor") return MAGIC_BYTES;
    const [descriptor] = this.#header;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6];
    return 1 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3] +
      (sizeBytes === 0 && isSingleSegment ? 1 : sizeBytes);
  }

  #readMagic(magic: number): void {
    if (magic === FRAME_MAGIC) this.#expecting = { kind: "descriptor" };
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#expecting = { kind: "skippable_length" };
    } else throw damaged("it holds bytes that are no zstd");
  }

  #readBlockHeader(header: number): void {
    const isLast = (header & 1) === 1;
    const isRle = ((header >> 1) & 3) === RLE_BLOCK;
    const sizeBytes = isRle ? 1 : header >> 3;
    const checksumBytes = isLast && this.#hasChecksum ? CHECKSUM_BYTES : 0;
    this.#expectBody(sizeBytes + checksumBytes, isLast);
  }

  #expectBody(leftBytes: number, isLast: boolean): void {
    this.#expecting = { kind: "body", leftBytes, isLast };
  }
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
}

function damaged(why: string): DstreamError {
  return new DstreamError("file.compression_damaged", why);
}
