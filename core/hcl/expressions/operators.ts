/**
 * `-`, `!`, arithmetic, comparison and logic.
 *
 * Operands are converted first: `"5" + 1` is 6, `"true" && x` is logic; a
 * comparison takes numbers only. `&&` and `||` need both operands to be
 * booleans, but one that decides the result hides what is wrong with the other.
 *
 * @module
 */

import type {
  Binary,
  BinaryOperator,
  Expression,
  Unary,
} from "../syntax_tree.ts";
import {
  booleanValue,
  hasSensitive,
  markSensitiveIf,
  numberValue,
  type Type,
  type Value,
} from "../value.ts";
import { ConversionError, convert, quote } from "./convert.ts";
import { isEqual } from "./equality.ts";
import { evaluate } from "./evaluate.ts";
import {
  calculate,
  compareDigits,
  DivisionByZero,
  negate,
  NumberTooLarge,
} from "./number.ts";
import { EvaluationError, failure, ProblemCollector } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { BOOLEAN, NUMBER } from "./types.ts";

export function evaluateUnary(expression: Unary, scope: Scope): Value {
  const { operator, operand } = expression;
  const value = evaluate(operand, scope);
  const result = operator === "-"
    ? numberValue(negate(numberOf(value, operand, operator, scope)))
    : booleanValue(!booleanOf(value, operand, operator, scope));
  return markSensitiveIf(result, value.isSensitive);
}

/** A long chain such as `a + b + c + …` leans to the left: no recursion there. */
export function evaluateBinary(expression: Binary, scope: Scope): Value {
  const chain: Binary[] = [];
  let first: Expression = expression;
  while (first.kind === "binary") {
    chain.push(first);
    first = first.left;
  }
  let result = attempt(() => evaluate(first, scope));
  for (const step of chain.reverse()) {
    const left = result;
    const right = attempt(() => evaluate(step.right, scope));
    result = attempt(() => combine(step, left, right, scope));
  }
  return valueOf(result);
}

/** What a side came to; an error is not thrown until it is known to matter. */
type Outcome =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: EvaluationError };

function attempt(action: () => Value): Outcome {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof EvaluationError) return { error };
    throw error;
  }
}

function valueOf(outcome: Outcome): Value {
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.value;
}

function combine(
  expression: Binary,
  leftOutcome: Outcome,
  rightOutcome: Outcome,
  scope: Scope,
): Value {
  const { operator } = expression;
  if (operator === "&&" || operator === "||") {
    return combineLogic(expression, operator, leftOutcome, rightOutcome, scope);
  }
  const [left, right] = ProblemCollector.all([
    () => valueOf(leftOutcome),
    () => valueOf(rightOutcome),
  ]);
  if (operator === "==" || operator === "!=") {
    const result = booleanValue(isEqual(left, right) === (operator === "=="));
    return markSensitiveIf(result, hasSensitive(left) || hasSensitive(right));
  }
  const [a, b] = ProblemCollector.all([
    () => numberOf(left, expression.left, operator, scope),
    () => numberOf(right, expression.right, operator, scope),
  ]);
  const result = operateOnNumbers(expression, a, b, scope);
  return markSensitiveIf(result, left.isSensitive || right.isSensitive);
}

function operateOnNumbers(
  { operator, span, right }: Binary,
  a: string,
  b: string,
  scope: Scope,
): Value {
  const order = compareResult(operator, a, b);
  if (order !== undefined) return booleanValue(order);
  try {
    return numberValue(calculate(operator as "+", a, b));
  } catch (error) {
    if (error instanceof DivisionByZero) {
      throw failure(
        scope.place(right.span),
        "config.division_by_zero",
        `cannot divide by zero`,
      );
    }
    if (!(error instanceof NumberTooLarge)) throw error;
    throw failure(scope.place(span), "config.number_too_large", error.message);
  }
}

function compareResult(
  operator: BinaryOperator,
  a: string,
  b: string,
): boolean | undefined {
  switch (operator) {
    case "<":
      return compareDigits(a, b) < 0;
    case "<=":
      return compareDigits(a, b) <= 0;
    case ">":
      return compareDigits(a, b) > 0;
    case ">=":
      return compareDigits(a, b) >= 0;
    default:
      return undefined;
  }
}

/** HCL looks at both sides: an error counts only where the other decides nothing. */
function combineLogic(
  { left, right }: Binary,
  operator: "&&" | "||",
  leftOutcome: Outcome,
  rightOutcome: Outcome,
  scope: Scope,
): Value {
  const [a, b] = ProblemCollector.all([
    () => toOperand(leftOutcome, left, operator, scope),
    () => toOperand(rightOutcome, right, operator, scope),
  ]);
  const isSensitive = a.isSensitive || b.isSensitive;
  const deciding = operator === "||";
  if (a.value === deciding || b.value === deciding) {
    return markSensitiveIf(booleanValue(deciding), isSensitive);
  }
  ProblemCollector.all([a, b].map(({ error }) => () => {
    if (error !== undefined) throw error;
  }));
  return markSensitiveIf(booleanValue(!deciding), isSensitive);
}

interface Operand {
  readonly value?: boolean;
  readonly isSensitive: boolean;
  readonly error?: EvaluationError;
}

/** An operand of the wrong type is an error in any case; a failed one, not yet. */
function toOperand(
  outcome: Outcome,
  expression: Expression,
  operator: "&&" | "||",
  scope: Scope,
): Operand {
  if (outcome.error !== undefined) {
    return { error: outcome.error, isSensitive: false };
  }
  const { value } = outcome;
  const isSensitive = value.isSensitive === true;
  if (value.kind === "null") {
    return { error: nullOperand(expression, operator, scope), isSensitive };
  }
  return { value: booleanOf(value, expression, operator, scope), isSensitive };
}

function numberOf(
  value: Value,
  expression: Expression,
  operator: string,
  scope: Scope,
): string {
  const converted = operandOf(value, NUMBER, expression, operator, scope);
  if (converted.kind === "number") return converted.digits;
  throw nullOperand(expression, operator, scope);
}

function booleanOf(
  value: Value,
  expression: Expression,
  operator: string,
  scope: Scope,
): boolean {
  const converted = operandOf(value, BOOLEAN, expression, operator, scope);
  if (converted.kind === "boolean") return converted.value;
  throw nullOperand(expression, operator, scope);
}

function operandOf(
  value: Value,
  type: Type,
  expression: Expression,
  operator: string,
  scope: Scope,
): Value {
  const words = type.kind === "number" ? "numbers" : "true or false";
  try {
    return convert(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw failure(
      scope.place(expression.span),
      "config.operand_invalid",
      `"${operator}" needs ${words}, got ${quote(value)}`,
    );
  }
}

function nullOperand(
  expression: Expression,
  operator: string,
  scope: Scope,
): EvaluationError {
  return failure(
    scope.place(expression.span),
    "config.value_null",
    `cannot use null with "${operator}"`,
  );
}
