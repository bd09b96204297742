/**
 * Inputs that are to send bad records to the dead letters of a task that has none:
 * it would end at the first of them.
 *
 * @module
 */

import type { Configuration } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { Providers } from "./describe.ts";
import { type MarkedKey, markedKeys } from "./marked_keys.ts";

/** How a schema calls the value that needs a `dead_letter` block. */
const WORD = "x-dead-letter-word";

/** One warning for each such key of all tasks. */
export async function letterPlaceWarnings(
  { tasks }: Configuration,
  providers: Providers,
): Promise<Diagnostic[]> {
  const inputs = [...tasks.values()]
    .filter(({ deadLetter }) => deadLetter === undefined)
    .flatMap((task) => task.inputs);
  const keys = await markedKeys(inputs, WORD, providers);
  return keys.flatMap((one) => warningAt(one) ?? []);
}

function warningAt(
  { block: { config }, key, value: word }: MarkedKey,
): Diagnostic | undefined {
  if (JSON.parse(config.json())[key] !== word) return undefined;
  return {
    severity: "warning",
    code: "config.no_dead_letter",
    message: `${key} = "${word}" needs a dead_letter block in the task, or ` +
      "it ends at the first bad record",
    at: config.locate(`config.${key}`),
    hint: 'dead_letter { provider = "file" config { path = "…" } }',
  };
}
