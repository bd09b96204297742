/**
 * Results of checks as JUnit XML, which build servers draw.
 *
 * @module
 */

import type { CheckResult } from "../../core/conformance/mod.ts";

/** One suite; a check's level and area are its class name. */
export function formatJunit(
  provider: string,
  results: readonly CheckResult[],
): string {
  const count = (outcome: CheckResult["outcome"]) =>
    results.filter((one) => one.outcome === outcome).length;
  const totalMs = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const counts = `tests="${results.length}" failures="${
    count("failed")
  }" skipped="${count("skipped")}" time="${seconds(totalMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dstream provider test" ${counts}>`,
    `  <testsuite name="${escape(provider)}" ${counts}>`,
    ...results.map(formatCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function formatCase(result: CheckResult): string {
  const { id, level, durationMs, outcome, message = "" } = result;
  const head = `    <testcase classname="${level}" name="${escape(id)}" time="${
    seconds(durationMs)
  }"`;
  if (outcome === "passed") return `${head}/>`;
  const inner = outcome === "skipped"
    ? `<skipped message="${escape(message)}"/>`
    : formatFailure(result);
  return `${head}>\n      ${inner}\n    </testcase>`;
}

function formatFailure(
  { expects, page, message = "", exchanged = [] }: CheckResult,
): string {
  const text = [`expected: ${expects}`, `page: ${page}`, ...exchanged]
    .join("\n");
  return `<failure message="${escape(message)}">${escape(text)}</failure>`;
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** XML 1.0 has no way to write most control characters. */
function escape(text: string): string {
  return text.replace(/[&<>"]/g, (one) => ENTITIES[one])
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "?");
}
