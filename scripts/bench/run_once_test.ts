import { assert, assertEquals } from "../../tests/support/assert.ts";
import { needs } from "../../tests/support/needs.ts";
import {
  cRelay,
  dstream,
  largePipe,
  pipe,
  plainDstream,
} from "./contestants.ts";
import { buildPrograms } from "./programs.ts";
import { type Load, runOnce } from "./run_once.ts";

const LOAD: Load = { count: 2000, sizeBytes: 300, mode: "block", dataFile: "" };

/** A C compiler and pipes whose size can be set. */
const isPossible = Deno.build.os === "linux" && needs("cc");

for (const contestant of [pipe, largePipe, cRelay, dstream, plainDstream]) {
  Deno.test({
    name: `benchmark: every envelope arrives through ${contestant.name}`,
    ignore: !isPossible,
    fn: async () => {
      const programs = await buildPrograms();
      const measured = await runOnce(contestant, LOAD, programs);
      assertEquals(measured.problem, undefined);
      assert.ok(measured.envelopesPerS > 0);
      assert.ok((measured.ownCpuSPerGb ?? -1) >= 0);
    },
  });
}

Deno.test({
  name: "benchmark: a paced run measures how long envelopes are under way",
  ignore: !isPossible,
  fn: async () => {
    const load = { ...LOAD, mode: "line" as const, count: 100, rate: 1000 };
    const measured = await runOnce(dstream, load, await buildPrograms());
    assertEquals(measured.problem, undefined);
    assert.ok((measured.p50Us ?? 0) > 0);
  },
});

Deno.test({
  name: "benchmark: a contestant that loses envelopes is found out",
  ignore: !isPossible,
  fn: async () => {
    const thief = {
      name: "thief",
      argv: (course: Parameters<typeof pipe.argv>[0]) => {
        const [shell, flag, command] = pipe.argv(course);
        return [shell, flag, command.replace(" | ", " | tail -n +2 | ")];
      },
    };
    const measured = await runOnce(thief, LOAD, await buildPrograms());
    assert.match(measured.problem ?? "", /1999 of 2000 envelopes arrived/);
  },
});
