/**
 * Compares our HCL parser with HashiCorp's on files made by chance.
 *
 *   deno run -A scripts/fuzz_config.ts --count 10000 --seed 1
 *   deno run -A scripts/fuzz_config.ts --pieces 4
 *
 * A third of the files follows the grammar, a third is damaged, a third is a heap
 * of tokens. Every disagreement is printed with the seed that
 * makes its file again (`--count 1 --seed N`), cut down as far as it still shows;
 * the exit status is 1 then. With `--pieces`, all short texts instead of files
 * made by chance.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { parse } from "../core/hcl/parse.ts";
import { findDisagreement } from "../core/hcl/referee.ts";
import { SourceText } from "../core/hcl/source_text.ts";
import { damageFile } from "../tests/config/damage.ts";
import { generateFile } from "../tests/config/generate.ts";
import { Random } from "../tests/config/random.ts";
import { isKnown } from "../tests/config/referee_cases.ts";
import { filesOf, SCOPES } from "../tests/config/small_scope.ts";
import { generateSoup } from "../tests/config/snippets.ts";

/** A file takes less than 1 ms; a busy machine may pause for a second. */
const MAX_PARSE_MS = 5_000;

/** What came of many files. */
export interface FuzzResult {
  readonly count: number;
  readonly accepted: number;
  readonly longestMs: number;
  readonly disagreements: readonly {
    /** What makes the file again. */
    readonly name: string;
    readonly text: string;
    readonly difference: string;
  }[];
}

/** A file and what makes it again. */
type Named = readonly [name: string, text: string];

/** Files made by chance, one per seed. */
export function* filesByChance(count: number, seed: number): Generator<Named> {
  for (let i = 0; i < count; i++) yield [`seed ${seed + i}`, fileOf(seed + i)];
}

/** All short texts. */
export function* shortFiles(pieces: number): Generator<Named> {
  for (const scope of SCOPES) {
    for (const text of filesOf(scope, pieces)) yield [scope.about, text];
  }
}

/** Compares the two parsers on every file. */
export async function fuzz(files: Iterable<Named>): Promise<FuzzResult> {
  const disagreements = [];
  let count = 0;
  let accepted = 0;
  let longestMs = 0;
  for (const [name, text] of files) {
    const { isAccepted, tookMs } = measure(text);
    count++;
    if (isAccepted) accepted++;
    longestMs = Math.max(longestMs, tookMs);
    const difference = tookMs > MAX_PARSE_MS
      ? `our parser took ${Math.round(tookMs)} ms`
      : await findUnknown(text);
    if (difference !== undefined) {
      disagreements.push({ name, text, difference });
    }
  }
  return { count, accepted, longestMs, disagreements };
}

/** One by the grammar, one damaged, one without any sense, and again. */
function fileOf(seed: number): string {
  const random = new Random(seed);
  if (seed % 3 === 2) return generateSoup(random).toWellFormed();
  const text = generateFile(random);
  return seed % 3 === 0 ? text : damageFile(text, random);
}

function measure(text: string): { isAccepted: boolean; tookMs: number } {
  const startedMs = performance.now();
  const { diagnostics } = parse(new SourceText("fuzz.hcl", text));
  const tookMs = performance.now() - startedMs;
  return { isAccepted: diagnostics.length === 0, tookMs };
}

async function findUnknown(text: string): Promise<string | undefined> {
  const difference = await findDisagreement(text, "fuzz.hcl");
  return difference === undefined || isKnown(text) ? undefined : difference;
}

/** The shortest text found by leaving out parts that still shows something. */
export async function shrink(text: string): Promise<string> {
  let shortest = text;
  for (let size = text.length >> 1; size > 0;) {
    let isShorter = false;
    for (let at = 0; at < shortest.length;) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + size);
      if (await findUnknown(shorter) === undefined) at += size;
      else {
        shortest = shorter;
        isShorter = true;
      }
    }
    if (!isShorter) size >>= 1;
  }
  return shortest;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      pieces: { type: "string" },
    },
  });
  const startedMs = performance.now();
  const result = await fuzz(
    values.pieces === undefined
      ? filesByChance(Number(values.count), Number(values.seed))
      : shortFiles(Number(values.pieces)),
  );
  for (const { name, text, difference } of result.disagreements.slice(0, 20)) {
    console.log(`${name}: ${difference}`);
    const shortest = await shrink(text);
    console.log(`  ${JSON.stringify(shortest)}`);
    console.log(`  ${await findUnknown(shortest)}`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${result.count} files, ${result.accepted} accepted, ` +
      `${result.disagreements.length} disagreements, longest ` +
      `${result.longestMs.toFixed(1)} ms, ${seconds.toFixed(1)} s`,
  );
  Deno.exitCode = result.disagreements.length > 0 ? 1 : 0;
}
