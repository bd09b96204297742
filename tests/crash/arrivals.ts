/**
 * What is at the destination of a round, and whether it should be.
 *
 * @module
 */

import type { Scenario } from "./scenarios.ts";

/** Numbers in the order they arrived. */
export interface Arrivals {
  readonly numbers: readonly number[];
  readonly dead: ReadonlySet<number>;
  /** How far the source was told to forget. */
  readonly committed: number;
  /** Of all files; two looks with the same number saw the same. */
  readonly bytes: number;
}

/** How the round went so far. */
export interface Circumstances {
  readonly isDone: boolean;
  /** Deaths that may step the stream back. */
  readonly interruptions: number;
  readonly hasKills: boolean;
}

/** Reads the destination; half a line that a death left doesn't count. */
export async function readArrivals(
  scenario: Scenario,
  folder: string,
): Promise<Arrivals> {
  // The checkpoint first: what it covers must be there now.
  const committed = await scenario.committed?.(folder) ?? 0;
  const out = await readLines(`${folder}/out`);
  const dead = await readLines(`${folder}/dead`);
  return {
    numbers: out.lines.map(scenario.numberOf),
    dead: new Set(dead.lines.map((line) => JSON.parse(line).data.n)),
    committed,
    bytes: out.bytes + dead.bytes,
  };
}

/** Holds the destination against the promise. */
export function checkArrivals(
  { versions: [input, output], count, rejectsOneIn = 0 }: Scenario,
  { numbers, dead, committed }: Arrivals,
  { isDone, interruptions, hasKills }: Circumstances,
): { problems: string[]; duplicates: number } {
  const problems: string[] = [];
  const { upTo, gaps, stepsBack, duplicates } = walk(
    numbers,
    dead,
    rejectsOneIn,
  );
  const mayLose = output === 1 && hasKills;
  if (gaps.length > 0 && !mayLose) {
    problems.push(`gaps: ${gaps.slice(0, 5).join(", ")}`);
  }
  if (!mayLose && committed > upTo) {
    problems.push(`the source forgot ${committed}, ${upTo} arrived`);
  }
  if (isDone && upTo !== count && !(mayLose && input === 2)) {
    problems.push(`completed with ${upTo} of ${count}`);
  }
  if (stepsBack > interruptions) {
    problems.push(`${stepsBack} steps back, ${interruptions} interruptions`);
  }
  if (duplicates > 0 && !hasKills) problems.push(`${duplicates} duplicates`);
  return { problems, duplicates };
}

/** Goes through what arrived as a reader who knows each number's turn. */
function walk(
  numbers: readonly number[],
  dead: ReadonlySet<number>,
  rejectsOneIn: number,
) {
  const gaps: string[] = [];
  const seen = new Set<number>();
  let most = 0;
  let before = 0;
  let stepsBack = 0;
  for (const n of numbers) {
    if (n <= before) stepsBack++;
    before = n;
    seen.add(n);
    for (let missing = most + 1; missing < n; missing++) {
      const isRejected = rejectsOneIn > 0 && missing % rejectsOneIn === 0;
      if (!isRejected && !dead.has(missing)) {
        gaps.push(`${missing} before ${n}`);
      }
    }
    most = Math.max(most, n);
  }
  let upTo = 0;
  while (seen.has(upTo + 1) || dead.has(upTo + 1)) upTo++;
  return { upTo, gaps, stepsBack, duplicates: numbers.length - seen.size };
}

async function readLines(
  path: string,
): Promise<{ lines: string[]; bytes: number }> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const lines = text.split("\n");
  lines.pop();
  return { lines, bytes: text.length };
}
