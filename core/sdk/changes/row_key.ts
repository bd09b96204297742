/**
 * Which row a change is about.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";
import { asObject, type Change } from "./change.ts";

/** The row after the change, where it is an object. */
export function rowOf(change: Change): JsonObject | undefined {
  return asObject(change.data);
}

/**
 * The values of the key's columns, in the key's order.
 *
 * @returns `undefined` where there is no key, or a column of it is not known.
 */
export function keyValues(
  row: JsonObject | undefined,
  key: readonly string[] | undefined,
): Json[] | undefined {
  if (row === undefined || key === undefined || key.length === 0) {
    return undefined;
  }
  const values: Json[] = [];
  for (const name of key) {
    if (!Object.hasOwn(row, name)) return undefined;
    values.push(row[name]);
  }
  return values;
}

/**
 * A text that two changes of a table share exactly if they are about one row:
 * what to group or partition by.
 */
export function keyText(change: Change): string | undefined {
  const values = keyValues(rowOf(change), change.key);
  return values === undefined ? undefined : JSON.stringify(values);
}

/**
 * The key the row had before, if the change gave it another: the row under it has
 * to go.
 *
 * @example
 * ```ts
 * import { oldKeyValues } from "@dstream/sdk/changes";
 *
 * const old = oldKeyValues({
 *   operation: "update",
 *   key: ["id"],
 *   data: { id: 8 },
 *   before: { id: 7 },
 * });
 * if (old?.[0] !== 7) throw new Error();
 * ```
 */
export function oldKeyValues(change: Change): Json[] | undefined {
  const { before, key } = change;
  if (before === undefined || key === undefined) return undefined;
  const row = rowOf(change) ?? {};
  // What `before` doesn't say of the key is as it is now.
  const old = keyValues({ ...row, ...before }, key);
  const now = keyValues(row, key);
  if (old === undefined || now === undefined) return undefined;
  return JSON.stringify(old) === JSON.stringify(now) ? undefined : old;
}
