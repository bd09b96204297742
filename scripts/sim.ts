/**
 * `deno task sim --seeds N [--from SEED] [--seed SEED]`
 *
 * @module
 */

import { parseArgs } from "node:util";
import { simulate, type Story } from "../tests/sim/simulate.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
    },
  });
  if (values.seed !== undefined) return await replay(Number(values.seed));
  return await tryMany(Number(values.from), Number(values.seeds));
}

async function replay(seed: number): Promise<number> {
  const story = await simulate(seed);
  console.log(story.log.join("\n"));
  console.log(JSON.stringify(story.plan, null, 2));
  console.log(tell(story));
  return story.broken === undefined ? 0 : 1;
}

async function tryMany(from: number, count: number): Promise<number> {
  const startedMs = performance.now();
  const sums = { broken: 0, runs: 0, steps: 0, arrivals: 0, duplicates: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const story = await simulate(seed);
    sums.runs += story.runs.length;
    sums.steps += story.steps;
    sums.arrivals += story.arrivals;
    sums.duplicates += story.duplicates;
    if (story.broken === undefined) continue;
    sums.broken++;
    console.log(tell(story));
  }
  const tookS = (performance.now() - startedMs) / 1000;
  console.log(`seeds ${from} to ${from + count - 1} in ${tookS.toFixed(1)} s`);
  console.log(JSON.stringify(sums));
  return sums.broken === 0 ? 0 : 1;
}

function tell({ seed, runs, broken }: Story): string {
  return `seed ${seed}: ${broken?.message ?? "kept"} [${runs.join(", ")}]`;
}
