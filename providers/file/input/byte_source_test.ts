import { gzipSync, zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_input.ts";
import { compressionOf, DecompressedSource } from "./byte_source.ts";

type Packed = "gzip" | "zstd";

function pack(bytes: Uint8Array, compression: Packed): Uint8Array {
  return compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes);
}

/** Everything a compressed file holds, read in steps of this size. */
async function unpack(
  packed: Uint8Array,
  compression: Packed,
  stepBytes = 100_000,
): Promise<Uint8Array> {
  return await inFolder(async (folder) => {
    const path = `${folder}/f`;
    await Deno.writeFile(path, packed);
    const source = new DecompressedSource(
      path,
      await Deno.open(path),
      compression,
    );
    try {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for (;;) {
        const into = new Uint8Array(stepBytes);
        const length = await source.read(into);
        if (length === 0) break;
        pieces.push(into.subarray(0, length));
      }
      return new Uint8Array(await new Blob(pieces).arrayBuffer());
    } finally {
      await source.close();
    }
  });
}

const NOISE = crypto.getRandomValues(new Uint8Array(60_000));
/** Longer than several pieces, packed and unpacked. */
const CONTENT = new Uint8Array(
  Array.from({ length: 20 }, () => [...NOISE]).flat(),
);

Deno.test("compressionOf() goes by the name", () => {
  const names = ["a.jsonl", "a.jsonl.gz", "A.GZ", "a.zst", "gz", "a.gz.txt"];
  assertEquals(names.map(compressionOf), [
    "none",
    "gzip",
    "gzip",
    "zstd",
    "none",
    "none",
  ]);
});

for (const compression of ["gzip", "zstd"] as const) {
  Deno.test(`${compression}: the content comes back`, async (t) => {
    const whole = pack(CONTENT, compression);
    await t.step("in large steps", async () => {
      assertEquals(await unpack(whole, compression), CONTENT);
    });
    await t.step("in small steps", async () => {
      assertEquals(await unpack(whole, compression, 999), CONTENT);
    });
    await t.step("of several members", async () => {
      const two = new Uint8Array([...whole, ...pack(NOISE, compression)]);
      const expected = new Uint8Array([...CONTENT, ...NOISE]);
      assertEquals(await unpack(two, compression), expected);
    });
    await t.step("of an empty file", async () => {
      assertEquals((await unpack(new Uint8Array(), compression)).length, 0);
    });
  });

  Deno.test(`${compression}: damage is said, never taken for the end`, async (t) => {
    const whole = pack(CONTENT, compression);
    const cases: [string, Uint8Array, RegExp][] = [
      ["cut off", whole.subarray(0, whole.length / 2), /: it was cut off$/],
      ["cut off at its end", whole.subarray(0, -1), /: it was cut off$/],
      [
        "another format",
        new TextEncoder().encode("plain text, no more"),
        /cannot decompress/,
      ],
      [
        "text behind it",
        new Uint8Array([...whole, ...new Uint8Array(9).fill(65)]),
        /cannot decompress/,
      ],
    ];
    for (const [name, bytes, expected] of cases) {
      await t.step(name, async () => {
        await assert.rejects(unpack(bytes, compression), expected);
      });
    }
  });

  Deno.test(`${compression}: stopping in the middle lets go of everything`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/f`;
      await Deno.writeFile(path, pack(CONTENT, compression));
      const file = await Deno.open(path);
      const source = new DecompressedSource(path, file, compression);
      await source.read(new Uint8Array(10));
      await source.close(); // the test runner looks for what is left open
    });
  });
}
