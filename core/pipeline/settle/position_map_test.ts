import fc from "fast-check";
import { assert } from "../../../tests/support/assert.ts";
import { PositionMap } from "./position_map.ts";

Deno.test("an envelope is settled at its turn, whatever came of those before", () => {
  const map = new PositionMap();
  map.passed(2, 2, 2);
  map.tookOut(2, 5); // 3, 4, 5 were filtered
  map.passed(3, 6, 1);
  const cases = [[0, 0], [1, 1], [2, 5], [3, 6]];
  for (const [output, input] of cases) {
    map.settle(output);
    assert.equal(map.settled, input);
  }
});

Deno.test("filtered before anything passed: settled at once", () => {
  const map = new PositionMap();
  map.tookOut(0, 4);
  map.settle(0);
  assert.equal(map.settled, 4);
});

Deno.test("any stream: settled is what a plain list of envelopes says", () => {
  const step = fc.record({
    input: fc.nat(1),
    lines: fc.integer({ min: 1, max: 5 }),
    isFiltered: fc.boolean(),
    settles: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const maps = [new PositionMap(), new PositionMap()];
      /** For every envelope read: how many lines must be settled before it is. */
      const needs: number[][] = [[], []];
      let handed = 0;
      let settled = 0;
      for (const { input, lines, isFiltered, settles } of steps) {
        for (let i = 0; i < lines; i++) {
          if (!isFiltered) handed++;
          needs[input].push(handed);
        }
        const read = needs[input].length;
        if (isFiltered) maps[input].tookOut(handed, read);
        else maps[input].passed(handed, read, lines);
        settled = Math.min(handed, settled + settles);
        for (const [i, map] of maps.entries()) {
          map.settle(settled);
          const expected = needs[i].filter((need) => need <= settled).length;
          assert.equal(map.settled, expected);
        }
      }
    }),
    { numRuns: 300 },
  );
});
