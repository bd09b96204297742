/**
 * What `dstream provider test` shows: a line for each check, then what is needed to
 * find out about each failure, then how many there are.
 *
 * @module
 */

import type {
  CheckResult,
  Level,
  Subject,
} from "../../core/conformance/mod.ts";
import { checksOf } from "../../core/conformance/mod.ts";
import type { Colour, Paint } from "../terminal/colour.ts";
import type { JunitCase } from "./junit.ts";
import { formatTable } from "./table.ts";
import { wrapText } from "./wrap_text.ts";

const WORDS: Readonly<
  Record<CheckResult["outcome"], readonly [string, Colour]>
> = {
  passed: ["ok", "green"],
  failed: ["FAILED", "red"],
  skipped: ["skipped", "yellow"],
};
const COLUMNS = 88;
const ID_LENGTH = 22;

/** What is tried. */
export function formatHead(
  provider: string,
  { role }: Pick<Subject, "role">,
): string {
  return `${provider}: an ${role}, ${checksOf(role).length} checks`;
}

/** One check, as it ends. */
export function formatLine(
  { id, level, outcome, message }: CheckResult,
  paint: Paint,
): string {
  const [word, colour] = WORDS[outcome];
  const why = message === undefined ? "" : `  ${message.split("\n")[0]}`;
  const name = outcome === "passed" ? id : id.padEnd(ID_LENGTH);
  return `${paint(colour, word.padEnd(7))}  ${level.padEnd(6)}  ${name}${why}`;
}

/** One check for a build server; its level is its class name. */
export function toJunitCase(result: CheckResult): JunitCase {
  const { id, level, expects, page, message = "", exchanged = [] } = result;
  const text = [`expected: ${expects}`, `page: ${page}`, ...exchanged];
  const { durationMs, outcome } = result;
  return {
    className: level,
    name: id,
    durationMs,
    outcome,
    message,
    text: text.join("\n"),
  };
}

/** Failures at length, and the sums. */
export function formatEnd(
  results: readonly CheckResult[],
  paint: Paint,
): string {
  const failures = results.filter(({ outcome }) => outcome === "failed");
  return [
    ...failures.map((one) => formatFailure(one, paint)),
    formatSums(results),
    formatVerdict(results, paint),
  ].map((part) => `\n${part}`).join("\n");
}

/** One that the exit status tells of. */
export function isFailedMust({ level, outcome }: CheckResult): boolean {
  return level === "must" && outcome === "failed";
}

function formatFailure(result: CheckResult, paint: Paint): string {
  const { id, level, expects, page, message = "", exchanged = [] } = result;
  return [
    paint("bold", `${id} (${level})`),
    wrapText(`expected: ${expects}`, COLUMNS, "  "),
    wrapText(`seen: ${message}`, COLUMNS, "  "),
    `  page: ${page}`,
    ...exchanged.length === 0 ? [] : [
      "  lines (> to the provider, < from it, ! its log):",
      ...exchanged.map((line) => `    ${line}`),
    ],
  ].join("\n");
}

function formatSums(results: readonly CheckResult[]): string {
  const count = (level: Level, outcome: CheckResult["outcome"]) =>
    String(
      results.filter((one) => one.level === level && one.outcome === outcome)
        .length,
    );
  const rows = (["must", "should"] as const).map((level) => [
    level,
    count(level, "passed"),
    count(level, "failed"),
    count(level, "skipped"),
  ]);
  return formatTable(["LEVEL", "PASSED", "FAILED", "SKIPPED"], rows);
}

function formatVerdict(results: readonly CheckResult[], paint: Paint): string {
  const failed = results.filter(isFailedMust).length;
  if (failed > 0) return paint("red", `${failed} musts are not met`);
  return paint("green", "every must that was tried is met");
}

/** The same for programs. */
export function toJson(
  provider: string,
  { role }: Pick<Subject, "role">,
  results: readonly CheckResult[],
) {
  return {
    provider,
    role,
    passed: !results.some(isFailedMust),
    checks: results.map(({ durationMs, ...result }) => ({
      ...result,
      duration_ms: Math.round(durationMs),
    })),
  };
}
