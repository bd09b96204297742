/**
 * `dstream provider test`: tries one check after the other and shows each.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import {
  type CheckResult,
  checksOf,
  runChecks,
  type Subject,
} from "../../core/conformance/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { Interrupted } from "../terminal/interrupted.ts";
import * as view from "../views/conformance.ts";
import { formatJunit } from "../views/junit.ts";
import { writeJunitFile } from "../junit_file.ts";
import { subjectOf } from "./test_subject.ts";

/** The words of the command line. */
export interface TestWishes {
  readonly provider: string;
  readonly args: readonly string[];
  readonly role?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly junit?: string | undefined;
  readonly isJson: boolean;
}

/** @returns The exit status: 0 when every must is met. */
export async function testProvider(
  wishes: TestWishes,
  context: Context,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "dstream-test-"));
  try {
    const subject = await subjectOf(wishes, folder, context);
    requireChecks(wishes, subject);
    const results = await runAll(wishes, subject, context);
    if (wishes.isJson) {
      await context.printJson(view.toJson(wishes.provider, subject, results));
    } else await context.print(view.formatEnd(results, context.paintStdout));
    await writeJunit(wishes, results, context);
    return results.some(view.isFailedMust) ? ExitCode.failed : ExitCode.ok;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAll(
  { provider, only, isJson }: TestWishes,
  subject: Subject,
  context: Context,
): Promise<CheckResult[]> {
  const { deps: { spawner, clock, random, platform, signals } } = context;
  const stop = new AbortController();
  const unsubscribe = signals.subscribe((signal) =>
    stop.abort(new Interrupted(signal))
  );
  const world = { spawner, clock, random, os: platform.os };
  const results: CheckResult[] = [];
  if (!isJson) await context.print(view.formatHead(provider, subject));
  try {
    const options = { signal: stop.signal, ...only && { only } };
    for await (const result of runChecks(subject, world, options)) {
      results.push(result);
      if (isJson) continue;
      await context.print(view.formatLine(result, context.paintStdout));
    }
  } finally {
    unsubscribe();
  }
  return results;
}

function requireChecks({ only = [] }: TestWishes, { role }: Subject): void {
  const ids = checksOf(role).map(({ id }) => id);
  const unknown = only.find((id) => !ids.includes(id));
  if (unknown === undefined) return;
  throw new DstreamError(
    "usage.check_unknown",
    `there is no check "${unknown}" of an ${role}`,
    {
      isUsage: true,
      hint: didYouMean(unknown, ids, "without --only all are shown"),
    },
  );
}

async function writeJunit(
  { junit, provider }: TestWishes,
  results: readonly CheckResult[],
  context: Context,
): Promise<void> {
  if (junit === undefined) return;
  const cases = results.map(view.toJunitCase);
  const text = formatJunit("dstream provider test", provider, cases);
  await writeJunitFile(junit, text, context);
}
