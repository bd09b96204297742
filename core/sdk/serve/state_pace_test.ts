import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { StatePace } from "./state_pace.ts";

const WINDOW = { bytes: 10_000_000, envelopes: 20_000 };

/** Writes envelopes of 500 bytes at a pace. */
function paceAfter(windows: number, envelopesPerMs: number) {
  let nowMs = 0;
  const pace = new StatePace(WINDOW, () => nowMs);
  for (let n = 0; n < windows * WINDOW.envelopes; n++) {
    nowMs += 1 / envelopesPerMs;
    pace.wrote(500, 1);
  }
  return pace;
}

Deno.test("states come densely until the destination's pace can be known", () => {
  for (const windows of [0, 0.5, 1]) {
    const pace = paceAfter(windows, 1e6);
    assert.ok(pace.isFar(500 * 64, 64) && !pace.isFar(500 * 32, 32));
  }
});

Deno.test("then a quarter of a second lies between two", () => {
  const pace = paceAfter(2, 1);
  assert.ok(pace.isFar(125_500, 251) && !pace.isFar(124_000, 248));
  assert.ok(Math.abs(pace.batchBytes - 125_000) <= 1, `${pace.batchBytes}`);
});

Deno.test("of 5 ms an envelope, less than a second lies between two", () => {
  const pace = paceAfter(3, 1 / 5);
  assert.ok(pace.isFar(500 * 199, 199));
});

Deno.test("a fast destination gets batches of 1 MiB at most", () => {
  const pace = paceAfter(3, 1e6);
  assertEquals(pace.batchBytes, 1024 * 1024);
  assert.ok(!pace.isFar(500 * 2000, 2000));
});

Deno.test("tiny envelopes are counted too", () => {
  const pace = new StatePace(WINDOW, () => 0);
  pace.wrote(20 * 100, 100);
  assertEquals(pace.batchBytes, 20 * 64);
});
