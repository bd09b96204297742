/**
 * Every byte arrives: inputs that exit the moment they have written, outputs that
 * are slow to read.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import type { Step } from "../support/toy_provider.ts";
import { runToys, toyTask } from "../support/toys.ts";

const RUNS = 100;
/** More than every pipe on the way can hold, or next to nothing. */
const COUNTS = [3, 1000, 60_000];

Deno.test({
  name: `no tail is lost in ${RUNS} runs of inputs that exit at once`,
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    for (const count of COUNTS) {
      const lines = Array.from({ length: count }, (_, i) => `{"data":${i}}\n`);
      await Deno.writeTextFile(`${folder}/${count}`, lines.join(""));
    }
    for (let run = 0; run < RUNS; run++) {
      const count = COUNTS[run % COUNTS.length];
      await checkRun(`${folder}/${count}`, count, run);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

async function checkRun(file: string, count: number, run: number) {
  const isSlow = run % 4 === 0;
  const outputSteps: Step[] = [
    { read: "start" },
    { ready: 2 },
    { sleepMs: isSlow ? 50 : 0 },
    { sink: { ack: "end", delayMs: isSlow ? 5 : 0 } },
  ];
  const outcome = await runToys({
    inputSteps: [],
    inputs: [{ name: "cat", launch: { argv: ["cat", file] } }],
    outputSteps,
    task: toyTask({ protocol: run % 2 === 0 ? 0 : undefined }, {}, {
      delivery: { windowBytes: 8 * 1024 * 1024, windowEnvelopes: 100_000 },
      maxLineBytes: 1024 * 1024,
    }),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assert.equal(outcome.counters.settledEnvelopes, count, `run ${run}`);
}
