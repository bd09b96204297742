/**
 * Columns of a result in one line.
 *
 * @module
 */

import type { Column } from "../../tds/answer.ts";

/**
 * @param text `name type, name type`.
 *
 * @example
 * ```ts
 * const [first, second] = columns("id int, price decimal(9,2)");
 * if (first.name !== "id" || second.type !== "decimal(9,2)") throw new Error();
 * ```
 */
export function columns(text: string): Column[] {
  return text.split(", ").map((part) => {
    const [name, type] = part.split(" ");
    return { name, type };
  });
}
