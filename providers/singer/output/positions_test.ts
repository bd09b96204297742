import type { Json } from "@dstream/sdk";
import { assert } from "../../../tests/support/assert.ts";
import { FIRST_MARKER, Positions } from "./positions.ts";

/** Streams of positions 1, 2, 3, …; `-` is one that was rejected. */
function sent(streams: string): Positions {
  const positions = new Positions();
  [...streams].forEach((stream, index) =>
    stream === "-"
      ? positions.pass(index + 1)
      : positions.add(stream, index + 1)
  );
  return positions;
}

const mark = (bookmarks: Record<string, number>, all: number): Json => ({
  bookmarks: Object.fromEntries(
    Object.entries(bookmarks).map(([name, n]) => [name, { dstream: n }]),
  ),
  dstream: all,
});

const ECHOES: Readonly<Record<string, readonly [string, Json, number]>> = {
  "verbatim: the newest number counts": ["aaab", mark({ a: 3, b: 4 }, 4), 4],
  "an older one says less": ["aaab", mark({ a: 2 }, 2), 2],
  "the first one says nothing": ["aaab", FIRST_MARKER, 0],
  "merged and frozen: the stream that isn't there holds all up": [
    "aabaa",
    mark({ a: 5 }, 0),
    2,
  ],
  "merged: both are there": ["aabaa", mark({ a: 5, b: 3 }, 0), 5],
  "merged: one is further than the other": [
    "abababab",
    mark({ a: 7, b: 2 }, 0),
    3,
  ],
  "what was rejected holds nothing up": ["a-a--", mark({ a: 3 }, 0), 5],
  "more than was sent is no more than that": ["aa", mark({ a: 99 }, 99), 2],
  "a state of somebody else says nothing": ["aa", { bookmarks: { a: 9 } }, 0],
  "no object says nothing": ["aa", 7, 0],
};

Deno.test("singer positions: S19: what an echo means", async (t) => {
  for (const [name, [streams, echo, expected]] of Object.entries(ECHOES)) {
    await t.step(name, () => {
      const positions = sent(streams);
      positions.takeEcho(echo);
      assert.equal(positions.settled, expected);
    });
  }
});

Deno.test("singer positions: the marker names the newest of each stream", () => {
  assert.deepEqual(sent("aab").marker(), mark({ a: 2, b: 3 }, 3));
});

Deno.test("singer positions: the end settles all, and the next process begins anew", () => {
  const positions = sent("aab");
  positions.takeEnd();
  assert.equal(positions.settled, 3);
  assert.deepEqual(positions.marker(), { bookmarks: {}, dstream: 3 });
  positions.add("b", 4);
  positions.takeEcho(mark({ b: 4 }, 0));
  assert.equal(positions.settled, 4);
});

Deno.test("singer positions: whatever is merged, nothing unwritten is settled", () => {
  // A target that flushes one stream at a time, in any order.
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 65536) % below;
  };
  for (let round = 0; round < 200; round++) {
    const positions = new Positions();
    const written = new Set<number>();
    const waiting = new Map<string, number[]>();
    const echo: { bookmarks: Record<string, Json>; dstream: number } = {
      bookmarks: {},
      dstream: 0,
    };
    let marker = FIRST_MARKER;
    let markedTo = 0;
    for (let position = 1; position <= 60; position++) {
      const stream = "abc"[random(random(4) === 0 ? 3 : 1)];
      positions.add(stream, position);
      waiting.set(stream, [...waiting.get(stream) ?? [], position]);
      if (random(5) === 0) {
        marker = positions.marker();
        markedTo = position;
      }
      if (random(4) !== 0) continue;
      const flushed = "abc"[random(3)];
      // It has read all of the marker's records, so all of them are written.
      const isMarked = (n: number) => n <= markedTo;
      if (!(waiting.get(flushed) ?? []).some(isMarked)) continue;
      for (const n of waiting.get(flushed) ?? []) written.add(n);
      waiting.set(flushed, []);
      const bookmark = (marker.bookmarks as Record<string, Json>)[flushed];
      if (bookmark !== undefined) echo.bookmarks[flushed] = bookmark;
      positions.takeEcho(structuredClone(echo));
      for (let n = 1; n <= positions.settled; n++) {
        assert(written.has(n), `round ${round}: ${n} is settled, not written`);
      }
    }
  }
});
