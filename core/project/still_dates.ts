/**
 * Dates that a template puts into a key when the configuration is read, where the
 * provider has a placeholder that goes with time.
 *
 * @module
 */

import type { Configuration } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { blocksOf } from "./blocks.ts";
import type { Providers } from "./describe.ts";
import { type MarkedKey, markedKeys } from "./marked_keys.ts";

/** What a schema calls the placeholder; `LAYOUT` is Go's. */
const PLACEHOLDER = "x-date-placeholder";
const DATE = /\{\{-?[^}]*\b(?:date|now)\b[^}]*\}\}/;
const LAYOUT = /\bdate\s+\\?["`]([^"`\\]+)\\?["`]/;
const USUAL_LAYOUT = "2006-01-02";

/** One warning for each such key of all tasks. */
export async function stillDateWarnings(
  { tasks }: Configuration,
  providers: Providers,
): Promise<Diagnostic[]> {
  const blocks = [...tasks.values()].flatMap(blocksOf);
  const keys = await markedKeys(blocks, PLACEHOLDER, providers);
  return keys.flatMap((one) => warningAt(one) ?? []);
}

function warningAt(
  { block: { config }, key, value: placeholder }: MarkedKey,
): Diagnostic | undefined {
  if (!config.keys().has(key)) return undefined;
  const at = config.locate(`config.${key}`);
  const template = DATE.exec(at?.text ?? "")?.[0];
  if (template === undefined) return undefined;
  const layout = LAYOUT.exec(template)?.[1] ?? USUAL_LAYOUT;
  return {
    severity: "warning",
    code: "config.date_stands_still",
    message: `the date in ${key} is that of the moment the configuration is ` +
      "read, and stands still while the task runs",
    at,
    hint: `write ${placeholder.replace("LAYOUT", layout)} in its place`,
  };
}
