import process from "node:process";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { ByPosition } from "./by_position.ts";

Deno.test("what is settled is forgotten, in whatever order it came", () => {
  const values = new ByPosition<string>();
  for (const position of [5, 3, 900, 4]) values.set(position, `${position}`);
  values.forget(4);
  assertEquals([3, 4, 5].map((at) => values.has(at)), [false, false, true]);
  values.forget(800);
  assertEquals(values.size, 1);
  assertEquals(values.get(900), "900");
});

Deno.test("a step costs what it goes forward, however many there are", () => {
  const count = 200_000;
  const values = new ByPosition<number>();
  const filling = cpuMsOf((at) => values.set(at, at));
  const emptying = cpuMsOf((at) => values.forget(at));
  // Walking from the first key each time took more than a hundred times as long.
  assert(emptying < 30 * filling, `${filling} ms, then ${emptying} ms`);

  function cpuMsOf(action: (at: number) => void): number {
    const before = process.cpuUsage();
    for (let at = 1; at <= count; at++) action(at);
    const { user, system } = process.cpuUsage(before);
    return Math.max(20, (user + system) / 1000);
  }
});
