/**
 * Dates that a template puts into a key when the configuration is read, where the
 * provider has a placeholder that goes with time.
 *
 * @module
 */

import type { Configuration, ProviderBlock } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import { blocksOf } from "./blocks.ts";
import { describe, type Providers } from "./describe.ts";

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
  const found = await Promise.all(
    blocks.map((block) => warningsOf(block, providers)),
  );
  return found.flat();
}

async function warningsOf(
  block: ProviderBlock,
  providers: Providers,
): Promise<Diagnostic[]> {
  const spec = (await describe(block, providers))?.spec();
  const properties = spec?.config.properties;
  if (!isJsonObject(properties)) return [];
  const warnings: Diagnostic[] = [];
  for (const [key, schema] of Object.entries(properties)) {
    const placeholder = isJsonObject(schema) ? schema[PLACEHOLDER] : undefined;
    if (typeof placeholder !== "string") continue;
    const warning = warningAt(block, key, placeholder);
    if (warning !== undefined) warnings.push(warning);
  }
  return warnings;
}

function warningAt(
  { config }: ProviderBlock,
  key: string,
  placeholder: string,
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
