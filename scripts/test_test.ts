import { assert } from "../tests/support/assert.ts";
import { describeMissing } from "./test.ts";

Deno.test("the last line names what is missing, and how to get what can be had", () => {
  const cases: [string[], string | undefined][] = [
    [[], undefined],
    [["script"], "skipped for want of script"],
    [
      ["script", "oras", "kafka"],
      "skipped for want of kafka, oras, script " +
      '("deno task setup kafka oras" installs)',
    ],
  ];
  for (const [names, line] of cases) {
    assert.equal(describeMissing(names), line);
  }
});
