import { constants, zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { zstdFrames } from "./zstd_frames.ts";

const text = "some text, some text, some text\n";
const plain = zstdCompressSync(text.repeat(10));
const withChecksum = zstdCompressSync(text.repeat(20_000), {
  params: { [constants.ZSTD_c_checksumFlag]: 1 },
});
const random = zstdCompressSync(
  crypto.getRandomValues(new Uint8Array(60_000)),
  { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } },
);
const empty = zstdCompressSync("");
const runs = zstdCompressSync(new Uint8Array(300_000));
const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

async function* inPieces(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.slice(at, at + size);
    await Promise.resolve();
  }
}

/** Where frames end, counted from the begin of all. */
async function frameEnds(bytes: Uint8Array, size: number): Promise<number[]> {
  const ends: number[] = [];
  let at = 0;
  for await (const part of zstdFrames(inPieces(bytes, size))) {
    at += part.bytes.length;
    if (part.isEnd) ends.push(at);
  }
  assertEquals(at, bytes.length);
  return ends;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("zstdFrames() finds where each frame ends, in pieces of any length", async (t) => {
  const cases: [string, Uint8Array[]][] = [
    ["nothing", []],
    ["one", [plain]],
    ["two", [plain, withChecksum]],
    ["blocks of all kinds", [random, runs, empty, withChecksum, plain]],
    ["a skippable frame", [skippable, plain, skippable]],
  ];
  for (const [name, frames] of cases) {
    await t.step(name, async () => {
      // Compressing may make several frames, each alone as among others.
      const expected: number[] = [];
      let from = 0;
      for (const frame of frames) {
        const ends = await frameEnds(frame, frame.length);
        assertEquals(ends.at(-1), frame.length);
        expected.push(...ends.map((end) => from + end));
        from += frame.length;
      }
      for (const size of [1, 7, 1000, 1_000_000]) {
        assertEquals(await frameEnds(join(...frames), size), expected);
      }
    });
  }
});

Deno.test("zstdFrames() refuses what is cut off or no zstd", async (t) => {
  for (let cut = 1; cut < plain.length; cut++) {
    await assert.rejects(
      frameEnds(plain.subarray(0, cut), 1000),
      /it was cut off/,
    );
  }
  await t.step("no zstd", async () => {
    const bytes = new TextEncoder().encode("plain text");
    await assert.rejects(frameEnds(bytes, 1000), /bytes that are no zstd/);
  });
  await t.step("no zstd behind a frame", async () => {
    const bytes = join(plain, Uint8Array.of(1, 2, 3, 4));
    await assert.rejects(frameEnds(bytes, 1000), /bytes that are no zstd/);
  });
});
