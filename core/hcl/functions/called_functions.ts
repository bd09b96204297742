/**
 * Which functions a text calls, without evaluating anything.
 *
 * @module
 */

import type { Attribute, Block, Body, Expression } from "../syntax_tree.ts";

/** The names of all functions called anywhere in the tree. */
export function calledFunctions(
  tree: Body | Attribute | Block | Expression,
): Set<string> {
  const names = new Set<string>();
  // A walk without recursion, over whatever nodes there are: a new kind of node
  // can't be forgotten here.
  const pending: unknown[] = [tree];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) { for (const one of node) pending.push(one); }
    else if (typeof node === "object" && node !== null) {
      const { kind, name } = node as { kind?: unknown; name?: unknown };
      if (kind === "call" && typeof name === "string") names.add(name);
      for (const one of Object.values(node)) pending.push(one);
    }
  }
  return names;
}
