import fc from "fast-check";
import { assertEquals } from "../../../tests/support/assert.ts";
import { LeftOut, type LineRange } from "./left_out.ts";

function rangesOf(flags: readonly boolean[], offset: number): LineRange[] {
  return flags.flatMap((isOut, i) =>
    isOut ? [{ start: offset + i, end: offset + i + 1 }] : []
  );
}

function linesOf(ranges: readonly LineRange[]): number[] {
  return ranges.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, i) => start + i)
  );
}

Deno.test("a line that every output takes out is told once, whoever says it last", () => {
  const part = fc.array(fc.boolean(), { maxLength: 5 });
  const output = fc.array(part, { minLength: 1, maxLength: 6 });
  const world = fc.tuple(
    fc.array(output, { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
  );
  fc.assert(fc.property(world, ([outputs, turns]) => {
    const leftOut = new LeftOut(outputs.length);
    const told: number[] = [];
    const at = outputs.map(() => ({ part: 0, line: 0 }));
    const order = [
      ...turns,
      ...outputs.flatMap((parts, i) => parts.map(() => i)),
    ];
    for (const turn of order) {
      const n = turn % outputs.length;
      const flags = outputs[n][at[n].part];
      if (flags === undefined) continue;
      const end = at[n].line + flags.length;
      const ranges = rangesOf(flags, at[n].line);
      told.push(...linesOf(leftOut.note(n, end, ranges)));
      at[n] = { part: at[n].part + 1, line: end };
    }
    const flat = outputs.map((parts) => parts.flat());
    const known = Math.min(...flat.map((flags) => flags.length));
    const expected = Array.from({ length: known }, (_, line) => line)
      .filter((line) => flat.every((flags) => flags[line]));
    assertEquals(told, expected);
  }));
});
