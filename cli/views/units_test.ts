import { assertEquals } from "../../tests/support/assert.ts";
import {
  cellWidth,
  formatBytes,
  formatCount,
  formatDuration,
  plural,
  spelledOut,
  terminalJson,
  truncateToWidth,
  visible,
} from "./units.ts";

Deno.test("numbers read as people write them", () => {
  assertEquals(
    [0, 999, 1000, 1234567].map(formatCount),
    ["0", "999", "1,000", "1,234,567"],
  );
  assertEquals(plural(1, "envelope"), "1 envelope");
  assertEquals(plural(1000, "envelope"), "1,000 envelopes");
  assertEquals(
    [0, 610, 999, 1000, 5_240_000, 99_960_000, 123_456_789, 1e12]
      .map(formatBytes),
    ["0 B", "610 B", "999 B", "1.0 kB", "5.2 MB", "100 MB", "123 MB", "1.0 TB"],
  );
  assertEquals(
    [0, 312, 12_440, 59_949, 59_950, 200_000, 3_599_600, 7_500_000]
      .map(formatDuration),
    [
      "0.0 s",
      "0.3 s",
      "12.4 s",
      "59.9 s",
      "1 min 0 s",
      "3 min 20 s",
      "1 h 00 min",
      "2 h 05 min",
    ],
  );
});

Deno.test("widths are counted in a terminal's cells", () => {
  const cases: readonly [string, number][] = [
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["日本", 4],
    ["✅", 2],
    ["…·", 2],
  ];
  for (const [text, cells] of cases) assertEquals(cellWidth(text), cells, text);
  assertEquals(truncateToWidth("abcdef", 6), "abcdef");
  assertEquals(truncateToWidth("abcdef", 5), "abcd…");
  assertEquals(truncateToWidth("日本語", 4), "日…");
  assertEquals(truncateToWidth("abc", 0), "");
});

Deno.test("what JSON leaves of control characters never reaches a terminal", () => {
  const value = { "k\x9b": ["\x9b31m", "\x7f\u202e"] };
  const text = terminalJson(JSON.stringify(value));
  assertEquals(/[\x7f-\x9f\u202e]/.test(text), false);
  assertEquals(JSON.parse(text), value);
});

Deno.test("spelledOut() shows data whole, also what looks like a colour", () => {
  assertEquals(spelledOut("a\x1b[31mred\x9b0m"), "a\\x1b[31mred\\x9b0m");
});

Deno.test("visible() leaves nothing that moves a cursor", () => {
  assertEquals(visible("a\x1b[31mred\x1b[0m\tb"), "ared\tb");
  assertEquals(visible("one\ntwo\r"), "one\\ntwo\\r");
  assertEquals(visible("\x07\x9b"), "\\x07\\x9b");
  assertEquals(visible("safe \u202eevil"), "safe \\u202eevil");
});
