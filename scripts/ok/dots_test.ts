import { assert } from "../../tests/support/assert.ts";
import { Dots } from "./dots.ts";

Deno.test("marks become a dot for every fifty, failures are kept", () => {
  let written = "";
  const dots = new Dots((text) => written += text);
  for (let n = 0; n < 120; n++) dots.add(n === 70 ? "!" : ".");
  const lines = [
    " ERRORS ",
    "a ... b",
    "FAILED | 119 passed | 1 failed (2s)",
    "",
  ];
  for (const line of lines) dots.add(line);
  assert.equal(written, ".!.");
  assert.equal(dots.summary, "FAILED | 119 passed | 1 failed (2s)");
  assert.equal(dots.rest, lines.join("\n").trim());
});
