/**
 * Unpacks a gzip file member by member: RFC 1952.
 *
 * A .gz file may hold several members, one after the other. What stands behind the
 * last one may be zeros (of tapes), which mean nothing, or something else, which is
 * an error: but only after all that was good has been delivered. node:zlib's own
 * gunzip drops the good with the bad when they come in one piece.
 *
 * @module
 */

import { DstreamError } from "@dstream/sdk";
import type { InflateRaw } from "node:zlib";

const PIECE_BYTES = 256 * 1024;
const MAGIC = [0x1f, 0x8b, 8] as const;
const HEADER_BYTES = 10;
/** CRC-32 and length of the content. */
const TRAILER_BYTES = 8;
const FLAG = { checksum: 2, extra: 4, name: 8, comment: 16 } as const;

/**
 * @param raw The file's bytes, in pieces of any length.
 * @throws {DstreamError} `file.compression_damaged`
 */
export async function* gunzip(
  raw: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { createInflateRaw, crc32 } = await import("node:zlib");
  const input = new PieceReader(raw);
  for (let count = 0; await input.hasMore(); count++) {
    await passHeader(input, count);
    const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
    let sum = 0;
    let length = 0;
    for await (const bytes of inflated(inflate, input)) {
      sum = crc32(bytes, sum);
      length += bytes.length;
      yield bytes;
    }
    await checkTrailer(input, sum, length);
    await input.passZeros();
  }
}

async function passHeader(input: PieceReader, count: number): Promise<void> {
  const header = await input.take(HEADER_BYTES);
  if (MAGIC.some((byte, index) => header[index] !== byte)) {
    throw damaged(
      count === 0
        ? "its bytes are damaged, or no such compression at all"
        : "something that is no gzip stands behind it",
    );
  }
  if (header.length < HEADER_BYTES) throw damaged(CUT_OFF);
  const flags = header[3];
  if (flags & FLAG.extra) {
    const [low, high] = await input.takeAll(2);
    await input.takeAll(low + 256 * high);
  }
  if (flags & FLAG.name) await input.passText();
  if (flags & FLAG.comment) await input.passText();
  if (flags & FLAG.checksum) await input.takeAll(2);
}

async function checkTrailer(
  input: PieceReader,
  sum: number,
  length: number,
): Promise<void> {
  const trailer = await input.takeAll(TRAILER_BYTES);
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  const isRight = view.getUint32(0, true) === sum >>> 0 &&
    view.getUint32(4, true) === length % 2 ** 32;
  if (!isRight) throw damaged("its bytes are damaged: its checksum is wrong");
}

const CUT_OFF = "it was cut off";

function damaged(why: string): DstreamError {
  return new DstreamError("file.compression_damaged", why);
}

/** Pieces, and what an inflater left of the last one. */
class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#rest = value as Uint8Array<ArrayBuffer>;
    }
    return true;
  }

  /** So many bytes, or as many as there are. */
  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count && await this.hasMore()) {
      const part = this.#rest.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return taken.subarray(0, filled);
  }

  async takeAll(count: number): Promise<Uint8Array> {
    const taken = await this.take(count);
    if (taken.length < count) throw damaged(CUT_OFF);
    return taken;
  }

  /** Up to a zero, and the zero. */
  async passText(): Promise<void> {
    while ((await this.takeAll(1))[0] !== 0);
  }

  async passZeros(): Promise<void> {
    while (await this.hasMore()) {
      const index = this.#rest.findIndex((byte) => byte !== 0);
      this.#rest = this.#rest.subarray(index < 0 ? this.#rest.length : index);
      if (index >= 0) return;
    }
  }

  /** Keeps what an inflater didn't need. */
  giveBack(bytes: Uint8Array): void {
    this.#rest = bytes as Uint8Array<ArrayBuffer>;
  }

  /** At least one byte, or `undefined` at the end. */
  async piece(): Promise<Uint8Array | undefined> {
    if (!await this.hasMore()) return undefined;
    const piece = this.#rest;
    this.#rest = new Uint8Array();
    return piece;
  }
}

/** One member's content; the input then stands behind it. */
async function* inflated(
  inflate: InflateRaw,
  input: PieceReader,
): AsyncGenerator<Uint8Array> {
  const pump = feed(inflate, input)
    .catch((error) => void inflate.destroy(error as Error));
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
  } finally {
    inflate.destroy();
    await pump;
  }
}

async function feed(inflate: InflateRaw, input: PieceReader): Promise<void> {
  let fedBytes = 0;
  for (;;) {
    const piece = await input.piece();
    if (piece === undefined) break;
    await write(inflate, piece);
    if (inflate.destroyed) return;
    fedBytes += piece.length;
    const unneeded = fedBytes - inflate.bytesWritten;
    if (unneeded === 0) continue;
    input.giveBack(piece.subarray(piece.length - unneeded));
    break;
  }
  inflate.end();
}

/** Returns when the piece was looked at, or nobody will. */
function write(inflate: InflateRaw, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      inflate.off("close", done);
      resolve();
    };
    inflate.on("close", done);
    inflate.write(piece, done);
  });
}
