/**
 * Takes the configuration's secrets out of what a failed test shows: it lands in the
 * log of a build server, and a `map` may have put them into an envelope.
 *
 * @module
 */

import type { TaskTest } from "../../config/task_test_file.ts";
import {
  createPrintable,
  type Printable,
  printableValue,
} from "../../pipeline/session/printable.ts";
import type { TestFailure } from "./judge.ts";

/** What the test's own file gives in clear is shown: it stands there to be read. */
export function failureHider(
  test: Pick<TaskTest, "env" | "variables" | "secrets">,
  secrets: Iterable<string>,
): (failure: TestFailure) => TestFailure {
  const given = [test.env, test.variables].flatMap((one) =>
    Object.values(one).flatMap((text) => [text, inJson(text)])
  );
  const hidden = new Set(secrets).difference(new Set(given)).union(
    test.secrets,
  );
  const printable = createPrintable({ secrets: hidden, isTerminal: false });
  return ({ where, message, expected, actual }) => ({
    where,
    message: printable(message),
    ...expected !== undefined && { expected: hideInJson(expected, printable) },
    ...actual !== undefined && { actual: hideInJson(actual, printable) },
  });
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Still JSON, also where a number is the secret; else every digit as it was. */
function hideInJson(text: string, printable: Printable): string {
  if (printable(text) === text) return text;
  return JSON.stringify(printableValue(JSON.parse(text), printable));
}
