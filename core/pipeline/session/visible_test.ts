import { assertEquals } from "../../../tests/support/assert.ts";
import { makeVisible } from "./visible.ts";

Deno.test("makeVisible() keeps colours, tabs and line ends, and shows the rest", () => {
  const cases: [string, string][] = [
    ["\x1b[31mred\x1b[0m\t\n", "\x1b[31mred\x1b[0m\t\n"],
    ["\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"],
    ["over\rwrite", "over␍write"],
    ["\x7f\x9b", "␡\\x9b"],
  ];
  for (const [text, visible] of cases) assertEquals(makeVisible(text), visible);
});
