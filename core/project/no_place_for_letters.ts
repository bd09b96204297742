/**
 * Inputs that are to send bad records to the dead letters of a task that has none:
 * it would end at the first of them.
 *
 * @module
 */

import type { Configuration, ProviderBlock } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import { describe, type Providers } from "./describe.ts";

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
  const found = await Promise.all(
    inputs.map((block) => warningsOf(block, providers)),
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
  const values = JSON.parse(block.config.json());
  return Object.entries(properties).flatMap(([key, schema]): Diagnostic[] => {
    const word = isJsonObject(schema) ? schema[WORD] : undefined;
    if (typeof word !== "string" || values[key] !== word) return [];
    return [{
      severity: "warning",
      code: "config.no_dead_letter",
      message: `${key} = "${word}" needs a dead_letter block in the task, or ` +
        "it ends at the first bad record",
      at: block.config.locate(`config.${key}`),
      hint: 'dead_letter { provider = "file" config { path = "…" } }',
    }];
  });
}
