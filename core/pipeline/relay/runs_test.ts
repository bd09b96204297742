import { assertEquals } from "../../../tests/support/assert.ts";
import fc from "fast-check";
import { composeRuns, cutRuns, passedOf, passedPlaces, sumOf } from "./runs.ts";

/** One sign for each envelope: `p` passed, `t` taken out. */
function toSigns(runs: readonly number[]): string {
  return runs.map((count, i) => (i % 2 === 0 ? "p" : "t").repeat(count))
    .join("");
}

function toRuns(signs: string): number[] {
  const runs: number[] = [];
  for (const sign of signs) {
    const isPassed = sign === "p";
    if (runs.length === 0 && !isPassed) runs.push(0);
    if (runs.length % 2 === (isPassed ? 1 : 0)) runs[runs.length - 1]++;
    else runs.push(1);
  }
  return runs;
}

const signs = fc.array(fc.constantFrom("p", "t"), { maxLength: 30 })
  .map((list) => list.join(""));

Deno.test("counts that follow each other are what passed both", () => {
  fc.assert(fc.property(signs, signs, (outer, endless) => {
    const passed = outer.replaceAll("t", "").length;
    const inner = (endless + "p".repeat(passed)).slice(0, passed);
    let at = 0;
    const expected = outer.replace(/p/g, () => inner[at++]);
    const both = composeRuns(toRuns(outer), toRuns(inner));
    assertEquals(toSigns(both), expected);
    assertEquals(both, toRuns(expected));
    assertEquals(sumOf(both), outer.length);
    assertEquals(passedOf(both), expected.replaceAll("t", "").length);
  }));
});

Deno.test("counts are cut behind what passed, and nothing gets lost", () => {
  fc.assert(fc.property(signs, fc.nat(30), (all, wanted) => {
    const passed = Math.min(wanted, all.replaceAll("t", "").length);
    const [before, after] = cutRuns(toRuns(all), passed);
    assertEquals(toSigns(before) + toSigns(after), all);
    assertEquals(passedOf(before), passed);
  }));
});

Deno.test("each that passed knows its place among all", () => {
  fc.assert(fc.property(signs, (all) => {
    const expected = [...all].flatMap((sign, i) => sign === "p" ? [i + 1] : []);
    assertEquals(passedPlaces(toRuns(all)), expected);
  }));
});
