import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { randomFrom } from "../../../tests/support/random.ts";
import { Batcher, type LineBatch, type Piece } from "./batch.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const BOUNDS = { maxBytes: 1000, maxEnvelopes: 10 };

function cut(text: string, bounds = BOUNDS): Piece[] {
  return [...new Batcher(bounds).cut(encoder.encode(text))];
}

/** Positions and lines of every batch, as they stood when it was cut. */
function lists(text: string, bounds = BOUNDS) {
  const found: { first: number; lines: string[] }[] = [];
  for (const piece of new Batcher(bounds).cut(encoder.encode(text))) {
    if (piece.kind !== "batch") continue;
    found.push({ first: piece.batch.first, lines: linesOf(piece.batch) });
  }
  return found;
}

function linesOf(batch: LineBatch): string[] {
  return Array.from(
    { length: batch.count },
    (_, i) => decoder.decode(batch.line(i)),
  );
}

Deno.test("a batch ends at its bounds, a longer line comes alone", () => {
  const line = (size: number) => `{"x":"${"a".repeat(size - 9)}"}\n`;
  const sizes = [400, 400, 400, 2500, 10, 10];
  const found = lists(sizes.map(line).join(""));
  assertEquals(
    found.map(({ lines }) => lines.map(({ length }) => length + 1)),
    [[400, 400], [400], [2500], [10, 10]],
  );
  assertEquals(found.map(({ first }) => first), [1, 3, 4, 5]);
  const many = lists("{}\n".repeat(25));
  assertEquals(many.map(({ lines }) => lines.length), [10, 10, 5]);
});

Deno.test("every line is counted but control records", () => {
  const pieces = cut(
    '{"a":1}\n\x1e{"x":1}\n\nno\n\x1e{"flush":true}\n {"data":5}\n{"b":2}\n',
  );
  assertEquals(
    pieces.map((piece) =>
      piece.kind === "batch"
        ? [piece.batch.first, piece.batch.count]
        : piece.kind === "rejected"
        ? [piece.rejection.seq, piece.rejection.code]
        : piece.kind
    ),
    [[1, 1], [2, "invalid"], [3, "invalid"], "flush", [4, 1], [5, 1]],
  );
});

Deno.test("positions go on from region to region", () => {
  const batcher = new Batcher(BOUNDS);
  for (const text of ["{}\n{}\n", "\n", "{}\n"]) {
    for (const _ of batcher.cut(encoder.encode(text)));
  }
  assertEquals(batcher.position, 4);
});

Deno.test("line() leaves out the line's end, of either kind", () => {
  const [piece] = cut('{"a":1}\r\n{"b":2}\n');
  assert.ok(piece.kind === "batch");
  assertEquals(linesOf(piece.batch), ['{"a":1}', '{"b":2}']);
});

Deno.test("envelopes are parsed once; what is none is rejected once", () => {
  const [piece] = cut('{"data":1}\n{broken\n{"data":{"id":2}}\n');
  assert.ok(piece.kind === "batch");
  const { batch } = piece;
  assertEquals(batch.rejections.size, 0);
  assertEquals(batch.envelopes, [
    { data: 1, metadata: {} },
    undefined,
    { data: { id: 2 }, metadata: {} },
  ]);
  assert.equal(batch.envelopes, batch.envelopes);
  assertEquals(batch.dataText(1), undefined);
  assertEquals(batch.dataText(2), '{"id":2}');
  assertEquals(batch.metadataText(2), "{}");
  assertEquals([...batch.rejections.values()], [{
    seq: 2,
    reason: "this line is no envelope: it is not JSON",
    code: "invalid",
  }]);
});

Deno.test("reject() gives the position in the life of the process", () => {
  const batcher = new Batcher(BOUNDS);
  for (const _ of batcher.cut(encoder.encode("{}\n{}\n")));
  const [piece] = [...batcher.cut(encoder.encode("{}\n{}\n"))];
  assert.ok(piece.kind === "batch");
  piece.batch.reject(1, "too old", "expired");
  piece.batch.reject(1, "again");
  assertEquals([...piece.batch.rejections.values()], [
    { seq: 4, reason: "too old", code: "expired" },
  ]);
});

Deno.test("nothing is lost between the batches", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomFrom(seed);
    const kinds = [
      '{"data":1}',
      '{"data":"longer than that"}',
      "no",
      "",
      "\x1e{}",
    ];
    const lines = Array.from(
      { length: 100 },
      () => kinds[Math.floor(random() * kinds.length)],
    );
    const bounds = {
      maxBytes: 1 + random() * 100,
      maxEnvelopes: 1 + Math.floor(random() * 9),
    };
    const found: [number, string][] = [];
    const text = lines.map((line) => `${line}\n`).join("");
    for (const piece of new Batcher(bounds).cut(encoder.encode(text))) {
      if (piece.kind === "rejected") {
        found.push([piece.rejection.seq, "rejected"]);
      } else if (piece.kind === "batch") {
        linesOf(piece.batch).forEach((line, i) =>
          found.push([piece.batch.first + i, line])
        );
      }
    }
    const expected = lines.filter((line) => line[0] !== "\x1e")
      .map((line, i) => [i + 1, line[0] === "{" ? line : "rejected"]);
    assertEquals(found, expected as [number, string][], `seed ${seed}`);
  }
});

Deno.test("a large region is cut as its lines one by one would be", () => {
  const odd = ["", "no", ' {"data":1}', '\x1e{"x":1}', '{"data":2}\r'];
  for (const oddEvery of [7, 500, Infinity]) {
    const lines = Array.from(
      { length: 1500 },
      (_, i) =>
        i % oddEvery === oddEvery - 1
          ? odd[i % odd.length]
          : `{"n":${i},"filler":"${"x".repeat(i % 40)}"}`,
    );
    const text = lines.map((line) => `${line}\n`).join("");
    assert(text.length > 32 * 1024);
    for (const maxEnvelopes of [400, 10_000]) {
      const bounds = { maxBytes: 1 << 20, maxEnvelopes };
      const found = lists(text, bounds);
      const positions = found.flatMap(({ first, lines }) =>
        lines.map((line, i) => [first + i, line])
      );
      const expected = lines.filter((line) => !line.startsWith("\x1e"))
        .map((line, i) => [i + 1, line.replace(/\r$/, "")] as const)
        .filter(([, line]) => line.trimStart().startsWith("{"));
      assertEquals(positions, expected.map(([n, line]) => [n, line]));
      assert(found.every(({ lines }) => lines.length <= maxEnvelopes));
    }
  }
});
