import fc from "fast-check";
import { assert } from "../../../tests/support/assert.ts";
import type { ByteSource } from "./byte_source.ts";
import { openFastSource, openPlainSource } from "./byte_source.ts";
import { LineTooLongError, WholeLines } from "./whole_lines.ts";

/** A stream that yields these pieces and, like a pipe, byte for byte if asked. */
function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const piece = pieces[next++];
      if (piece === undefined) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else controller.enqueue(piece.slice());
    },
  });
}

const WAYS: [string, (stream: ReadableStream<Uint8Array>) => ByteSource][] = [
  ["fast", openFastSource],
  ["plain", openPlainSource],
];

/** Everything, checked on the way to be whole lines. */
async function readAll(
  lines: WholeLines,
): Promise<{ text: string; rest: string; failure?: unknown }> {
  const decoder = new TextDecoder();
  let text = "";
  let failure: unknown;
  try {
    for (;;) {
      const chunk = await lines.next();
      if (chunk === undefined) break;
      assert.equal(chunk.at(-1), 10);
      text += decoder.decode(chunk);
    }
  } catch (error) {
    failure = error;
  }
  return { text, rest: decoder.decode(lines.rest), failure };
}

function cut(text: string, sizes: readonly number[]): Uint8Array[] {
  const all = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0, n = 0; at < all.length; n++) {
    const size = sizes[n % sizes.length];
    pieces.push(all.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

for (const [way, open] of WAYS) {
  Deno.test(`the ${way} way yields the same lines however they are cut`, async () => {
    const content = fc.array(fc.nat(70), { maxLength: 40, size: "max" });
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    const chunkBytes = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(
        content,
        sizes,
        chunkBytes,
        async (lengths, cuts, size) => {
          const text = lengths.map((n, i) => `${i}${"x".repeat(n)}\n`).join("");
          const source = open(streamOf(cut(text + "half", cuts)));
          const options = { chunkBytes: size, maxLineBytes: 1000 };
          const read = await readAll(new WholeLines(source, options));
          assert.equal(read.failure, undefined);
          assert.equal(read.text, text);
          assert.equal(read.rest, "half");
        },
      ),
      { numRuns: 60 },
    );
  });

  Deno.test(`the ${way} way hands out all lines before one that is too long`, async () => {
    const lengths = fc.array(fc.nat(30), { maxLength: 20, size: "max" });
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lengths, sizes, async (short, cuts) => {
        const before = short.map((n) => "x".repeat(n) + "\n").join("");
        const text = before + "y".repeat(31) + "\nafter\n";
        const source = open(streamOf(cut(text, cuts)));
        const options = { chunkBytes: 64, maxLineBytes: 30 };
        const read = await readAll(new WholeLines(source, options));
        assert.equal(read.text, before);
        assert.ok(read.failure instanceof LineTooLongError);
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("a chunk stays as it was until the next but one", async () => {
  const pieces = ["one\n", "two\n", "three\n", "four\n"];
  const source = openFastSource(
    streamOf(pieces.map((p) => new TextEncoder().encode(p))),
  );
  const lines = new WholeLines(source, { chunkBytes: 16, maxLineBytes: 16 });
  const first = await lines.next();
  const second = await lines.next();
  assert.equal(new TextDecoder().decode(first), "one\n");
  assert.equal(new TextDecoder().decode(second), "two\n");
});
