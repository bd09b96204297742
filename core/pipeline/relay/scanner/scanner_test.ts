import fc from "fast-check";
import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { createPlainScanner } from "./plain_scanner.ts";
import { createScanner, type Scanner } from "./scanner.ts";

const MEMORY_BYTES = 16 * 1024;
const scanners = {
  simd: createScanner(MEMORY_BYTES),
  plain: createPlainScanner(MEMORY_BYTES),
};

/** Puts a text at `ptr` between bytes that would be counted if touched. */
function place(scanner: Scanner, text: string | Uint8Array, ptr = 64): number {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  scanner.memory.fill(0x0a);
  scanner.memory.set(bytes, ptr);
  return bytes.length;
}

Deno.test("this engine uses SIMD", () => {
  assert.equal(scanners.simd.isSimd, true);
  assert.equal(scanners.plain.isSimd, false);
});

for (const [name, scanner] of Object.entries(scanners)) {
  Deno.test(`${name}: scan() tells envelopes from strays`, async (t) => {
    const cases = [
      ["an empty range", "", true, [0, 0, -1, -1, -1]],
      ["one envelope", "{}\n", true, [1, 1, -1, 2, 2]],
      ["the middle of a line", "{}\n", false, [1, 0, -1, 2, 2]],
      ["a line without its end", "{}\n{", true, [1, 2, -1, 2, 2]],
      ["a blank line", "{}\n\n{}\n", true, [3, 2, 3, 2, 6]],
      ["a control record", "\x1e{}\n{}\n", true, [2, 1, 0, 3, 6]],
      ["CRLF", "{}\r\n{}\r\n", true, [2, 2, -1, 3, 7]],
      ["a rest, then a stray", "}}\nlog\n", false, [2, 0, 3, 2, 6]],
      ["no line feed", "x".repeat(40), true, [0, 0, 0, -1, -1]],
    ] as const;
    for (const [what, text, atLineStart, expected] of cases) {
      await t.step(what, () => {
        const length = place(scanner, text);
        const found = scanner.scan(64, length, atLineStart);
        assertEquals(Object.values(found), [...expected]);
      });
    }
  });

  Deno.test(`${name}: findLongLine() allows a line of exactly the limit`, () => {
    const length = place(scanner, "aaaa\nbbbbb\ncccc");
    assert.equal(scanner.findLongLine(64, length, 5), -1);
    assert.equal(scanner.findLongLine(64, length, 4), 5);
    assert.equal(scanner.findLongLine(64, length, 3), 0);
    assert.equal(scanner.findLongLine(64 + 5, length - 5, 0), 0);
  });

  Deno.test(`${name}: findNewline() counts from 1`, () => {
    const length = place(scanner, "a\nbb\n\nc");
    const ends = [1, 2, 3, 4].map((n) => scanner.findNewline(64, length, n));
    assertEquals(ends, [2, 5, 6, -1]);
  });

  Deno.test(`${name}: a range may end at the last byte of the memory`, () => {
    scanner.memory.fill(0x7b);
    scanner.memory[MEMORY_BYTES - 1] = 0x0a;
    assert.equal(scanner.countNewlines(MEMORY_BYTES - 5, 5), 1);
    assert.equal(scanner.findLastNewline(0, MEMORY_BYTES), MEMORY_BYTES - 1);
  });
}

/** Bytes in which what the scanner looks for is common, or rare. */
const bytes = fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.nat(), fc.nat(3))
  .map(([length, seed, density]) => randomBytes(length, seed, density));

Deno.test("SIMD and plain find the same in any bytes, anywhere", () => {
  fc.assert(
    fc.property(
      bytes,
      fc.nat(80),
      fc.boolean(),
      fc.nat(200),
      (text, ptr, atLineStart, nth) => {
        const [simd, plain] = Object.values(scanners).map((scanner) => {
          const length = place(scanner, text, ptr);
          return ask(scanner, ptr, length, atLineStart, nth);
        });
        assertEquals(simd, plain);
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("SIMD and plain agree around every edge of a vector and a batch", () => {
  for (const around of [0, 16, 32, 48, 4032, 8064]) {
    for (let length = Math.max(0, around - 2); length < around + 3; length++) {
      for (let ptr = 0; ptr < 17; ptr++) {
        const text = randomBytes(length, length * 31 + ptr, ptr % 4);
        const [simd, plain] = Object.values(scanners).map((scanner) => {
          place(scanner, text, ptr);
          return ask(scanner, ptr, length, ptr % 2 === 0, 2);
        });
        assertEquals(simd, plain, `length ${length} at ${ptr}`);
      }
    }
  }
});

function ask(
  scanner: Scanner,
  ptr: number,
  length: number,
  atLineStart: boolean,
  nth: number,
) {
  return {
    count: scanner.countNewlines(ptr, length),
    ...scanner.scan(ptr, length, atLineStart),
    stray: scanner.findStray(ptr, length, atLineStart),
    nthEnd: scanner.findNewline(ptr, length, nth + 1),
    last: scanner.findLastNewline(ptr, length),
    long: scanner.findLongLine(ptr, length, nth),
    longLine: scanner.findLongLine(ptr, length, nth * 40),
  };
}

/**
 * Lines of `x` that begin with `{`, except for some.
 * @param density 0: short lines, every other a stray; 3: hardly any line feed.
 */
function randomBytes(length: number, seed: number, density: number) {
  const [lineLength, linesPerStray] = [[3, 2], [20, 50], [200, 20], [4000, 2]][
    density
  ];
  let state = seed | 1;
  const oneIn = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % n === 0;
  };
  let isStart = oneIn(2);
  return Uint8Array.from({ length }, () => {
    const isNewline = oneIn(lineLength);
    const isBrace = isStart ? !oneIn(linesPerStray) : oneIn(8);
    isStart = isNewline;
    return isNewline ? 0x0a : isBrace ? 0x7b : 0x78;
  });
}
