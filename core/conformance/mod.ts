/**
 * What is expected of every provider, tried on any executable: `dstream provider
 * test`.
 *
 * | question                         | file                                   |
 * | -------------------------------- | -------------------------------------- |
 * | what is a check?                 | `check.ts`                             |
 * | what is expected?                | `start_checks.ts`, `input_checks.ts`, `output_checks.ts`, `manner_checks.ts` |
 * | what does a check work with?     | `bench.ts`, `peer.ts`                  |
 * | how is an input killed?          | `resume.ts`                            |
 * | which lines are shown?           | `exchange.ts`                          |
 *
 * It talks to processes over pipes as dstream does and knows nothing of what they
 * are written in.
 *
 * @module
 */

import { Bench, type Subject, type World } from "./bench.ts";
import { type Check, type CheckResult, NotApplicable, Unmet } from "./check.ts";
import { inputChecks } from "./input_checks.ts";
import { mannerChecks } from "./manner_checks.ts";
import { outputChecks } from "./output_checks.ts";
import { READY, startChecks } from "./start_checks.ts";

export type { Subject, World } from "./bench.ts";
export type { Check, CheckResult, Level } from "./check.ts";

/** All checks, in the order they are tried. */
export const checks: readonly Check[] = [
  ...startChecks,
  ...inputChecks,
  ...outputChecks,
  ...mannerChecks,
];

/** Those of a role. */
export function checksOf(role: "input" | "output"): readonly Check[] {
  return checks.filter((check) => (check.role ?? role) === role);
}

/** How they are run. */
export interface RunOptions {
  /** Ends it between two checks. */
  readonly signal?: AbortSignal;
  /** These alone, by id. */
  readonly only?: readonly string[];
}

/**
 * Tries one check after the other.
 *
 * @returns What became of each, as it ends. What never gets ready is not asked for
 * what comes after that.
 * @throws {DstreamError} `provider.not_started`
 */
export async function* runChecks(
  subject: Subject,
  world: World,
  { signal, only }: RunOptions = {},
): AsyncGenerator<CheckResult> {
  const bench = new Bench(subject, world);
  let isReady = true;
  for (const check of checksOf(subject.role)) {
    if (only !== undefined && !only.includes(check.id)) continue;
    signal?.throwIfAborted();
    const result = isReady
      ? await runCheck(check, bench)
      : skipped(check, "not tried: it does not get ready");
    if (check.id === READY && result.outcome === "failed") isReady = false;
    yield result;
  }
}

async function runCheck(check: Check, bench: Bench): Promise<CheckResult> {
  const { clock } = bench.world;
  const startMs = clock.monotonicMs();
  const done = (rest: Pick<CheckResult, "outcome" | "message" | "exchanged">) =>
    resultOf(check, { durationMs: clock.monotonicMs() - startMs, ...rest });
  bench.begin();
  try {
    await check.run(bench);
    return done({ outcome: "passed" });
  } catch (error) {
    if (error instanceof NotApplicable) {
      return done({ outcome: "skipped", message: error.message });
    }
    const isSeen = error instanceof Unmet || error instanceof SyntaxError;
    if (!isSeen) throw error;
    const said = error instanceof Unmet
      ? error.message
      : "it wrote a line that is no JSON";
    const message = bench.subject.hide(said);
    return done({ outcome: "failed", message, exchanged: bench.exchanged() });
  }
}

function skipped(check: Check, message: string): CheckResult {
  return resultOf(check, { outcome: "skipped", durationMs: 0, message });
}

function resultOf(
  { id, level, expects, page }: Check,
  rest: Omit<CheckResult, "id" | "level" | "expects" | "page">,
): CheckResult {
  return { id, level, expects, page, ...rest };
}
