/**
 * Refuses expressions that are too deep to be walked by recursion.
 *
 * Nesting is bounded while reading, but `1 + 1 + 1 …` makes a deep tree without
 * any nesting.
 *
 * @module
 */

import type {
  Attribute,
  Body,
  Expression,
  TemplatePart,
} from "../syntax_tree.ts";
import type { Problems } from "./problems.ts";
import { childrenOf } from "./walk.ts";

/** Enough for any sum, small enough for any stack. */
const MAX_HEIGHT = 1_000;

export function checkHeight(body: Body, problems: Problems): void {
  for (const item of body.items) {
    if (item.kind === "block") checkHeight(item.body, problems);
    else if (isTooHigh(item)) {
      problems.report(
        "too_deep",
        item.nameSpan,
        `the value of "${item.name}" has more than ${MAX_HEIGHT} steps in a row`,
        "split it up with locals",
      );
    }
  }
}

function isTooHigh({ value }: Attribute): boolean {
  // Every level takes at least one character.
  if (value.span.end - value.span.start <= MAX_HEIGHT) return false;
  let level: Expression[] = [value];
  for (let height = 0; level.length > 0; height++) {
    if (height > MAX_HEIGHT) return true;
    height += level.reduce(
      (depth, expression) => Math.max(depth, directiveDepth(expression)),
      0,
    );
    level = level.flatMap((expression) => [...childrenOf(expression)]);
  }
  return false;
}

function directiveDepth(expression: Expression): number {
  return expression.kind === "template" ? depthOf(expression.parts) : 0;
}

function depthOf(parts: readonly TemplatePart[]): number {
  let depth = 0;
  for (const part of parts) {
    if (part.kind === "for") depth = Math.max(depth, 1 + depthOf(part.body));
    if (part.kind !== "if") continue;
    depth = Math.max(
      depth,
      1 + depthOf(part.then),
      1 + depthOf(part.otherwise),
    );
  }
  return depth;
}
