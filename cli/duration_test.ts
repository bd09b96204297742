import { assertEquals, assertFails } from "../tests/support/assert.ts";
import { formatGoDuration, parseDurationMs } from "./duration.ts";

Deno.test("parseDurationMs() reads Go's durations and milliseconds", () => {
  const cases: readonly [string, number][] = [
    ["1500", 1500],
    ["0.5", 0.5],
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["1m30s", 90_000],
    ["2h", 7_200_000],
    ["1h2m3s4ms", 3_723_004],
  ];
  for (const [text, expected] of cases) {
    assertEquals(parseDurationMs(text, "--timeout"), expected, text);
  }
});

Deno.test("parseDurationMs() refuses everything else", () => {
  for (
    const text of ["", "0", "0s", "-1s", "1d", "s", "1 s", "1s ", "Infinity"]
  ) {
    assertFails(() => parseDurationMs(text, "--timeout"), "usage.duration");
  }
});

Deno.test("formatGoDuration() is read back as the same", () => {
  const cases: readonly [number, string][] = [
    [500, "500ms"],
    [1500, "1.5s"],
    [10_000, "10s"],
    [90_000, "1m30s"],
    [7_200_000, "2h"],
    [3_723_004, "1h2m3.004s"],
  ];
  for (const [durationMs, expected] of cases) {
    assertEquals(formatGoDuration(durationMs), expected);
    assertEquals(parseDurationMs(expected, "--timeout"), durationMs);
  }
});
