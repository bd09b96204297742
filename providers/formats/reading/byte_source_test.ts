import { gzipSync, zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_input.ts";
import { compressionOf, StreamSource } from "./byte_source.ts";

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
    const source = StreamSource.ofFile(
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
      const source = StreamSource.ofFile(path, file, compression);
      await source.read(new Uint8Array(10));
      await source.close(); // the test runner looks for what is left open
    });
  });
}

Deno.test("gzip: what is good comes before what stands behind it is told", async (t) => {
  const good = "0123456789\n".repeat(1000);
  const member = new Uint8Array(gzipSync(good));
  const behind: [string, Uint8Array, RegExp | undefined][] = [
    ["text", new TextEncoder().encode("text"), /no gzip stands behind it/],
    ["one byte", Uint8Array.of(7), /no gzip stands behind it/],
    ["zeros", new Uint8Array(600), undefined],
    ["half a member", member.subarray(0, 5), /it was cut off/],
    ["a member, text", join(member, Uint8Array.of(1)), /no gzip stands behind/],
    ["zeros, a member", join(new Uint8Array(9), member), undefined],
  ];
  for (const [name, more, expected] of behind) {
    await t.step(name, async () => {
      const members = /member/.test(name) && !/half/.test(name) ? 2 : 1;
      const { text, error } = await unpacked(join(member, more));
      assertEquals(text, good.repeat(members));
      assertEquals(error === undefined, expected === undefined, error);
      if (expected !== undefined) assert.match(error!, expected);
    });
  }
  await t.step("a wrong checksum", async () => {
    const bad = member.slice();
    bad[bad.length - 6] ^= 1;
    const { text, error } = await unpacked(bad);
    assertEquals(text, good);
    assert.match(error!, /its checksum is wrong/);
  });
  await t.step("a header with a name, a comment and a field", async () => {
    const header = Uint8Array.of(
      0x1f,
      0x8b,
      8,
      2 | 4 | 8 | 16,
      0,
      0,
      0,
      0,
      0,
      3,
      3,
      0,
      1,
      2,
      3,
      0x61,
      0,
      0x62,
      0x63,
      0,
      9,
      9,
    );
    const { text, error } = await unpacked(join(header, member.subarray(10)));
    assertEquals([text === good, error], [true, undefined]);
  });
});

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** What comes of a .gz file, and what is said in the end. */
function unpacked(bytes: Uint8Array) {
  return inFolder(async (folder) => {
    const path = `${folder}/a.gz`;
    await Deno.writeFile(path, bytes);
    const file = await Deno.open(path);
    const source = StreamSource.ofFile(path, file, "gzip");
    const room = new Uint8Array(1000);
    let text = "";
    let error: string | undefined;
    try {
      for (let length; (length = await source.read(room)) > 0;) {
        text += new TextDecoder().decode(room.subarray(0, length));
      }
    } catch (failure) {
      error = (failure as Error).message;
    }
    await source.close();
    return { text, error };
  });
}
