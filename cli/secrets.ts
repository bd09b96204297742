/**
 * Keeps secrets out of what is printed, also those written into the file itself:
 * the value of a key that a built-in's spec marks `writeOnly`.
 *
 * @module
 */

import type { Configuration, Task } from "../core/config/task.ts";
import { DstreamError, type Location } from "../core/errors.ts";
import type { JsonObject } from "../core/protocol/envelope.ts";
import type { BuiltIn } from "../core/sdk/provider.ts";
import { loadBuiltIn } from "./built_in.ts";
import { secretValues } from "./schema.ts";

/** What stands where a secret was. */
export const HIDDEN = "(sensitive)";

/** The configuration's secrets, and those of the task's built-ins. */
export async function secretsOf(
  task: Task,
  configuration: Configuration,
  builtIns: readonly BuiltIn[],
): Promise<ReadonlySet<string>> {
  const secrets = new Set(configuration.secrets);
  for (const block of [...task.inputs, ...task.outputs]) {
    const provider = await loadBuiltIn(block, builtIns);
    if (provider === undefined) continue;
    const config = JSON.parse(block.config.json()) as JsonObject;
    for (const text of secretValues(config, provider.spec().config)) {
      secrets.add(text);
    }
  }
  return secrets;
}

/** Replaces every secret in a text. */
export function hideSecretsIn(
  text: string,
  secrets: Iterable<string>,
): string {
  let hidden = text;
  // The longest first: one secret may be part of another.
  const byLength = [...secrets].sort((a, b) => b.length - a.length);
  for (const secret of byLength) {
    if (secret !== "") hidden = hidden.replaceAll(secret, HIDDEN);
  }
  return hidden;
}

/** The same place; its line without secrets, the caret still under its text. */
export function hideSecretsAt(
  at: Location,
  secrets: Iterable<string>,
): Location {
  const hide = (text: string) => hideSecretsIn(text, secrets);
  if (hide(at.text) === at.text) return at;
  const characters = [...at.text];
  const start = at.column - 1;
  const before = hide(characters.slice(0, start).join(""));
  const marked = hide(characters.slice(start, start + at.width).join(""));
  const after = hide(characters.slice(start + at.width).join(""));
  const text = before + marked + after;
  return hide(text) === text
    ? {
      ...at,
      text,
      column: [...before].length + 1,
      width: [...marked].length,
    }
    // A secret goes across the caret's ends: better no line than a secret.
    : { ...at, text: HIDDEN, column: 1, width: HIDDEN.length };
}

/** The same error, its excerpt without secrets. */
export function hideSecretsInError(
  error: DstreamError,
  secrets: Iterable<string>,
): DstreamError {
  const { code, message, at, hint, details, isUsage, cause } = error;
  if (at === undefined) return error;
  const hidden = hideSecretsAt(at, secrets);
  return new DstreamError(code, message, {
    at: hidden,
    hint,
    details,
    isUsage,
    cause,
  });
}
