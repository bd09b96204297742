/**
 * `condition ? a : b`.
 *
 * Both sides are worked out, because the result has the type they share
 * (`true ? 1 : "a"` is `"1"`); what is wrong with the side not taken does not
 * matter.
 *
 * @module
 */

import type { Conditional, Expression } from "../syntax_tree.ts";
import { markSensitiveIf, type Type, type Value } from "../value.ts";
import { conditionOf } from "./comprehension.ts";
import { ConversionError, convert } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { EvaluationError, failure } from "./problem.ts";
import type { Scope } from "./scope.ts";
import {
  BOOLEAN,
  describeMismatch,
  isSameType,
  NUMBER,
  STRING,
  typeOf,
  unify,
} from "./types.ts";

export function evaluateConditional(
  expression: Conditional,
  scope: Scope,
): Value {
  const condition = evaluate(expression.condition, scope);
  const isTrue = conditionOf(
    condition,
    expression.condition.span,
    scope,
    "condition",
  );
  const [taken, other] = isTrue
    ? [expression.then, expression.otherwise]
    : [expression.otherwise, expression.then];
  const value = evaluate(taken, scope);
  const result = unified(expression, value, typeIfAny(other, scope), scope);
  return markSensitiveIf(result, condition.isSensitive);
}

function unified(
  { span }: Conditional,
  value: Value,
  otherType: Type | undefined,
  scope: Scope,
): Value {
  if (otherType === undefined || otherType.kind === "dynamic") return value;
  const type = typeOf(value);
  if (type.kind !== "dynamic" && isSameType(type, otherType)) return value;
  const common = unify([type, otherType]);
  const place = scope.place(span);
  if (common === undefined) throw inconsistent(place, type, otherType);
  try {
    return convert(value, common);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw failure(place, "config.types_inconsistent", error.message);
  }
}

function inconsistent(
  place: ReturnType<Scope["place"]>,
  a: Type,
  b: Type,
): EvaluationError {
  return failure(
    place,
    "config.types_inconsistent",
    `both results of a conditional must have the same type: ${
      describeMismatch(a, b)
    }`,
  );
}

function typeIfAny(expression: Expression, scope: Scope): Type | undefined {
  try {
    return typeOf(evaluate(expression, scope));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return typeByForm(expression);
  }
}

/** What an expression gives if it gives anything: its form says it. */
function typeByForm(expression: Expression): Type | undefined {
  switch (expression.kind) {
    case "parentheses":
      return typeByForm(expression.inner);
    case "template":
      return expression.isWrapped ? undefined : STRING;
    case "unary":
      return expression.operator === "-" ? NUMBER : BOOLEAN;
    case "binary":
      return "+-*/%".includes(expression.operator) ? NUMBER : BOOLEAN;
    default:
      return undefined;
  }
}
