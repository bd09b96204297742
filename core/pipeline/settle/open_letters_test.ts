import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { OpenLetters } from "./open_letters.ts";

const never = new AbortController().signal;

function letter(input: number, position: number, lengthBytes = 100) {
  return { input, position, from: "transform", lengthBytes };
}

Deno.test("nothing behind an envelope without its letter is settled, for its input only", () => {
  const letters = new OpenLetters();
  assertEquals(letters.limit(0), Infinity);
  for (const position of [3, 7]) letters.add(letter(0, position));
  assertEquals([letters.limit(0), letters.limit(1)], [2, Infinity]);
  letters.stored(letter(0, 7));
  assertEquals(letters.limit(0), 2);
  letters.stored(letter(0, 3));
  assertEquals([letters.limit(0), letters.count], [Infinity, 0]);
});

Deno.test("an envelope that several outputs refused waits for the letter of each", () => {
  const letters = new OpenLetters();
  const [one, two] = ["one/transform", "two/transform"]
    .map((from) => ({ ...letter(0, 5), from }));
  letters.add(letter(0, 4));
  letters.add(one);
  letters.stored(one);
  letters.add(two);
  letters.stored(letter(0, 4));
  assertEquals(letters.limit(0), 4);
  letters.stored(two);
  assertEquals(letters.limit(0), Infinity);
});

const TOO_MANY: readonly [string, number, number][] = [
  ["letters", 10_001, 100],
  ["bytes", 2, 5 * 1024 * 1024],
];

for (const [what, count, lengthBytes] of TOO_MANY) {
  Deno.test(`the stream waits while too many ${what} are on their way`, async () => {
    const letters = new OpenLetters();
    for (let at = 1; at <= count; at++) letters.add(letter(0, at, lengthBytes));
    let hasRoom = false;
    const room = letters.room(never).then(() => hasRoom = true);
    await Promise.resolve();
    assert(!hasRoom);
    letters.stored(letter(0, 1, lengthBytes));
    await room;
    await letters.room(never);
  });
}

Deno.test("whoever waits for letters is told when the run is over", async () => {
  const letters = new OpenLetters();
  letters.add(letter(0, 1));
  const over = new AbortController();
  const waits = letters.allStored(over.signal);
  over.abort(new Error("over"));
  await assert.rejects(waits, /over/);
});
