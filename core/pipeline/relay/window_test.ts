import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { createScanner } from "./scanner/scanner.ts";
import { ReplayWindow } from "./window.ts";

const NEVER = new AbortController().signal;

function windowOf(capacityBytes: number, maxEnvelopes = 1000): ReplayWindow {
  const scanner = createScanner(capacityBytes);
  return new ReplayWindow(scanner, capacityBytes, maxEnvelopes);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a replay would write now. */
function replay(window: ReplayWindow): string {
  const decoder = new TextDecoder();
  let text = "";
  for (let held = window.next(0); held; held = window.next(held.last)) {
    text += decoder.decode(held.bytes, { stream: true });
  }
  return text;
}

/** Stages and commits envelope lines. */
function hold(window: ReplayWindow, text: string, lastPosition: number): void {
  window.stage(bytes(text));
  window.commit(text.length, text.split("\n").length - 1, lastPosition);
}

Deno.test("run() ends at the first line that is no envelope", async (t) => {
  const cases: [string, string, { lengthBytes: number; lines: number }][] = [
    ["only envelopes", '{"a"}\n{}\n', { lengthBytes: 9, lines: 2 }],
    ["a record behind two", "{}\n{}\n\x1e{}\n{}\n", {
      lengthBytes: 6,
      lines: 2,
    }],
    ["a blank line first", "\n{}\n", { lengthBytes: 0, lines: 0 }],
    ["a brace inside a line", "x{\n", { lengthBytes: 0, lines: 0 }],
  ];
  for (const [name, text, run] of cases) {
    await t.step(name, () => {
      const window = windowOf(64);
      window.stage(bytes(text));
      assertEquals(window.run(text.length), run);
      assert.equal(window.usedBytes, 0);
    });
  }
});

Deno.test("settle() frees whole runs, and a part of one only when asked", () => {
  const window = windowOf(64);
  hold(window, "{1}\n{2}\n{3}\n", 3);
  window.settle(2);
  assert.equal(window.usedBytes, 12);
  assert.equal(replay(window), "{3}\n");
  assert.equal(window.usedBytes, 4);
  assert.equal(window.usedEnvelopes, 1);
  window.settle(3);
  assert.equal(window.usedBytes, 0);
});

Deno.test("what is staged and not committed is overwritten", () => {
  const window = windowOf(64);
  window.stage(bytes("{1}\nlog\n{2}\n"));
  window.commit(4, 1, 1);
  window.settle(1);
  hold(window, "{2}\n", 2);
  hold(window, "{3}\n", 3);
  assert.equal(replay(window), "{2}\n{3}\n");
});

Deno.test("room() waits for the acknowledgement that makes it", async () => {
  const window = windowOf(16);
  await window.room(12, 0, NEVER);
  hold(window, "{1}\n{2}\n{3}\n", 3);
  let hasRoom = false;
  const room = window.room(8, 0, NEVER).then(() => hasRoom = true);
  window.settle(0);
  await Promise.resolve();
  assert.equal(window.isFull, true);
  assert.equal(hasRoom, false);
  window.settle(1); // 4 of 12 bytes, inside the run: found because room is wanted
  await room;
  assert.equal(window.isFull, false);
});

Deno.test("room() gives up with the signal's reason", async () => {
  const window = windowOf(16, 1);
  hold(window, "{1}\n", 1);
  const giveUp = new AbortController();
  const room = window.room(0, 1, giveUp.signal);
  giveUp.abort(new Error("over"));
  await assert.rejects(room, /over/);
});

Deno.test("a replay is what was committed and not settled, whatever wraps", () => {
  const line = fc.nat(30).map((n) => `{${"x".repeat(n)}}\n`);
  const chunk = fc.array(line, { minLength: 1, maxLength: 4, size: "max" });
  const step = fc.record({ chunk, settles: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const window = windowOf(512);
      const held: string[] = [];
      let handed = 0;
      let settled = 0;
      let last: string | undefined;
      for (const { chunk, settles } of steps) {
        const text = chunk.join("");
        if (window.usedBytes + text.length <= 512) {
          handed += chunk.length;
          hold(window, text, handed);
          held.push(...chunk);
        }
        const count = Math.min(settles, held.length);
        last = held.splice(0, count).at(-1) ?? last;
        settled += count;
        window.settle(settled);
        const kept = window.lastDelivered();
        assert.equal(kept && new TextDecoder().decode(kept), last);
        assert.equal(replay(window), held.join(""));
        assert.equal(window.usedEnvelopes, held.length);
      }
    }),
  );
});

Deno.test("what was refused is not the last delivered line", () => {
  const window = windowOf(64);
  const kept = () => new TextDecoder().decode(window.lastDelivered());
  hold(window, "{1}\n{2}\n{3}\n", 3);
  window.settle(2, 1);
  assert.equal(kept(), "{1}\n");
  window.settle(3, 1);
  hold(window, "{4}\n", 4);
  assert.equal(kept(), "{1}\n");
  window.settle(4, 4);
  assert.equal(kept(), "{4}\n");
});

Deno.test("next() goes no further than it is told", () => {
  const window = windowOf(64);
  hold(window, "{1}\n{2}\n{3}\n", 3);
  hold(window, "{4}\n", 4);
  const next = (position: number, upTo?: number) => {
    const held = window.next(position, upTo);
    return held && [new TextDecoder().decode(held.bytes), held.last];
  };
  assertEquals(next(1, 2), ["{2}\n", 2]);
  assertEquals(next(2), ["{3}\n", 3]);
  assertEquals(next(3, 3), undefined);
  assertEquals(next(4), undefined);
});
