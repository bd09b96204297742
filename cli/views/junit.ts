/**
 * Results as JUnit XML, which build servers draw.
 *
 * @module
 */

/** One result. */
export interface JunitCase {
  readonly className: string;
  readonly name: string;
  readonly durationMs: number;
  readonly outcome: "passed" | "failed" | "skipped";
  /** In a word; for what did not pass. */
  readonly message: string;
  /** All that is known of a failure. */
  readonly text: string;
}

/**
 * One suite.
 * @param tool What ran it, for example "dstream test".
 */
export function formatJunit(
  tool: string,
  suite: string,
  cases: readonly JunitCase[],
): string {
  const count = (outcome: JunitCase["outcome"]) =>
    cases.filter((one) => one.outcome === outcome).length;
  const totalMs = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const counts = `tests="${cases.length}" failures="${
    count("failed")
  }" skipped="${count("skipped")}" time="${seconds(totalMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(tool)}" ${counts}>`,
    `  <testsuite name="${escape(suite)}" ${counts}>`,
    ...cases.map(formatCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function formatCase(one: JunitCase): string {
  const { className, name, durationMs, outcome, message, text } = one;
  const head = `    <testcase classname="${escape(className)}" name="${
    escape(name)
  }" time="${seconds(durationMs)}"`;
  if (outcome === "passed") return `${head}/>`;
  const inner = outcome === "skipped"
    ? `<skipped message="${escape(message)}"/>`
    : `<failure message="${escape(message)}">${escape(text)}</failure>`;
  return `${head}>\n      ${inner}\n    </testcase>`;
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
