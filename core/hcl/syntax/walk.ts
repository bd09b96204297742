/**
 * The expressions directly inside an expression.
 *
 * @module
 */

import type { Expression, SplatStep, TemplatePart } from "../syntax_tree.ts";

/** In the order written. */
export function* childrenOf(expression: Expression): Generator<Expression> {
  switch (expression.kind) {
    case "number":
    case "keyword":
    case "variable":
      return;
    case "template":
      yield* partChildren(expression.parts);
      return;
    case "get_attribute":
      yield expression.target;
      return;
    case "index":
      yield expression.target;
      yield expression.key;
      return;
    case "splat":
      yield expression.target;
      yield* stepChildren(expression.rest);
      return;
    case "call":
      yield* expression.args;
      return;
    case "unary":
      yield expression.operand;
      return;
    case "binary":
      yield expression.left;
      yield expression.right;
      return;
    case "conditional":
      yield expression.condition;
      yield expression.then;
      yield expression.otherwise;
      return;
    case "tuple":
      yield* expression.items;
      return;
    case "object":
      for (const { key, value } of expression.items) {
        yield key;
        yield value;
      }
      return;
    case "for":
      yield expression.collection;
      if (expression.key) yield expression.key;
      yield expression.value;
      if (expression.condition) yield expression.condition;
      return;
    case "parentheses":
      yield expression.inner;
  }
}

function* partChildren(parts: readonly TemplatePart[]): Generator<Expression> {
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        break;
      case "interpolation":
        yield part.value;
        break;
      case "if":
        yield part.condition;
        yield* partChildren(part.then);
        yield* partChildren(part.otherwise);
        break;
      case "for":
        yield part.collection;
        yield* partChildren(part.body);
    }
  }
}

function* stepChildren(steps: readonly SplatStep[]): Generator<Expression> {
  for (const step of steps) {
    if (step.kind === "index") yield step.key;
    else if (step.kind === "splat") yield* stepChildren(step.rest);
  }
}
