import {
  formatDuration,
  formatSize,
  parseDurationMs,
  parseSizeBytes,
} from "./units.ts";
import { assert, assertEquals } from "../../tests/support/assert.ts";

Deno.test("parseDurationMs() reads what Go's time.ParseDuration reads", async (t) => {
  const cases = [
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["-2s", -2000],
    ["+2s", 2000],
    ["0", 0],
    ["10us", 0.01],
    ["3µs", 0.003],
    [".5s", 500],
    ["", undefined],
    ["10", undefined],
    ["s", undefined],
    ["1m 30s", undefined],
    ["1d", undefined],
    ["1m30", undefined],
  ] as const;
  for (const [text, expected] of cases) {
    await t.step(`"${text}"`, () => {
      const actual = parseDurationMs(text);
      if (expected === undefined) return assertEquals(actual, undefined);
      assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-9, String(actual));
    });
  }
});

Deno.test("parseSizeBytes() knows decimal and binary units", async (t) => {
  const cases = [
    ["64MiB", 67_108_864],
    ["10MB", 10_000_000],
    ["1.5KiB", 1536],
    ["512 kib", 524_288],
    ["1024", 1024],
    ["0", 0],
    ["7B", 7],
    ["-1", undefined],
    ["64Mi", undefined],
    ["MB", undefined],
    ["99999999TB", undefined],
  ] as const;
  for (const [text, expected] of cases) {
    await t.step(`"${text}"`, () => {
      assertEquals(parseSizeBytes(text), expected);
    });
  }
});

Deno.test("durations and sizes are written so that they read back", () => {
  for (const ms of [0, 1, 250, 1000, 1500, 90_000, 3_600_000, 5_430_000]) {
    assertEquals(parseDurationMs(formatDuration(ms)), ms);
  }
  for (const bytes of [0, 1, 1000, 1024, 65_536, 16_777_216, 10_000_000]) {
    assertEquals(parseSizeBytes(formatSize(bytes)), bytes);
  }
  assertEquals(formatDuration(90_000), "1m30s");
  assertEquals(formatSize(65_536), "64KiB");
});
