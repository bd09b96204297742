/**
 * The quick way through a large batch: while the database works on one part of it,
 * the next is made ready. All of it is one transaction.
 *
 * What isn't usual (a table that isn't known yet, a row that is refused) ends it with
 * nothing done, and the batch is taken as a whole.
 *
 * @module
 */

import { type ApplyParts, isAboutRow, type Missed, takeStep } from "./apply.ts";
import { foldChanges, type RowChange, type Step } from "./fold.ts";

/** Changes of one part; enough to keep the database at it meanwhile. */
const PART = 1000;

/** From here on it is worth it. */
export const MIN_STREAMED = 2 * PART;

/**
 * @param changesOf The changes of some lines, or `undefined` for what isn't usual.
 * @returns `undefined` when nothing was done.
 * @throws What the database says, unless it is about a row.
 */
export async function streamBatch(
  parts: ApplyParts,
  count: number,
  changesOf: (from: number, to: number) => RowChange[] | undefined,
): Promise<readonly Missed[] | undefined> {
  const { connection, dialect, guard } = parts;
  let working = connection.run("BEGIN").then((): Missed[] => []);
  try {
    for (let from = 0; from < count; from += PART) {
      working.catch(() => {}); // it is awaited below
      await sent();
      const changes = changesOf(from, Math.min(from + PART, count));
      const missed = await working;
      if (changes === undefined) return await undo(parts);
      const steps = foldChanges(changes, guard !== undefined);
      working = takeSteps(parts, steps, missed);
    }
    const missed = await working;
    await connection.run("COMMIT");
    return missed;
  } catch (error) {
    await working.catch(() => {});
    if (!isAboutRow(dialect, error)) throw error;
    return await undo(parts);
  }
}

async function takeSteps(
  parts: ApplyParts,
  steps: readonly Step[],
  missed: Missed[],
): Promise<Missed[]> {
  for (const step of steps) {
    for (const one of await takeStep(parts, step, true)) missed.push(one);
  }
  return missed;
}

async function undo({ connection }: ApplyParts): Promise<undefined> {
  await connection.run("ROLLBACK");
}

/** What was written goes out before the next part takes the thread. */
function sent(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
