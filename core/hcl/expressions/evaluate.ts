/**
 * Works out what an expression means: one small function per kind of node.
 *
 * Everything is synchronous and known; what comes from outside (variables,
 * environment, files, time) comes in through the {@link Scope}. Operators,
 * access, `for`, templates, conditionals and calls each have their own file.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type {
  Expression,
  KeywordLiteral,
  NumberLiteral,
  ObjectExpression,
  Span,
  Tuple,
  Variable,
} from "../syntax_tree.ts";
import type { Value } from "../value.ts";
import {
  evaluateGetAttribute,
  evaluateIndex,
  evaluateSplat,
} from "./access.ts";
import { evaluateCall } from "./call.ts";
import { evaluateFor } from "./comprehension.ts";
import { evaluateConditional } from "./conditional.ts";
import { ConversionError, toText } from "./convert.ts";
import { normalizeDigits } from "./number.ts";
import { evaluateBinary, evaluateUnary } from "./operators.ts";
import { type EvaluationError, failure, ProblemCollector } from "./problem.ts";
import { LazyObject, type Scope } from "./scope.ts";
import { evaluateTemplate } from "./template.ts";
import { describeValue } from "./types.ts";

/** An expression deeper than this is refused before the stack overflows. */
const MAX_DEPTH = 400;

let depth = 0;

/**
 * @returns The value, all the way down; sensitive if anything it was made from
 * is.
 * @throws {EvaluationError} With every problem found in independent parts.
 *
 * @example
 * ```ts
 * import { Scope } from "./scope.ts";
 * const span = { start: 0, end: 2 };
 * const value = evaluate({ kind: "number", span, digits: "42" }, new Scope());
 * if (value.kind !== "number" || value.digits !== "42") throw new Error();
 * ```
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  if (depth >= MAX_DEPTH) throw tooDeep(expression, scope);
  depth++;
  try {
    return evaluateNode(expression, scope);
  } catch (error) {
    if (depth > 1 || !(error instanceof RangeError)) throw error;
    throw engineLimit(error, expression, scope);
  } finally {
    depth--;
  }
}

function tooDeep(expression: Expression, scope: Scope): EvaluationError {
  return failure(
    scope.place(expression.span),
    "config.expression_too_deep",
    "the expression is nested too deep",
    `with the locals it uses it may have ${MAX_DEPTH} levels`,
  );
}

/** The stack is full, or a text longer than the engine can hold. */
function engineLimit(
  error: RangeError,
  expression: Expression,
  scope: Scope,
): EvaluationError {
  return error.message.includes("call stack")
    ? tooDeep(expression, scope)
    : failure(
      scope.place(expression.span),
      "config.value_too_large",
      "the value is too large",
    );
}

function evaluateNode(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "number":
      return evaluateNumber(expression, scope);
    case "keyword":
      return evaluateKeyword(expression, scope);
    case "template":
      return evaluateTemplate(expression, scope);
    case "variable":
      return evaluateVariable(expression, scope);
    case "get_attribute":
      return evaluateGetAttribute(expression, scope);
    case "index":
      return evaluateIndex(expression, scope);
    case "splat":
      return evaluateSplat(expression, scope);
    case "call":
      return evaluateCall(expression, scope);
    case "unary":
      return evaluateUnary(expression, scope);
    case "binary":
      return evaluateBinary(expression, scope);
    case "conditional":
      return evaluateConditional(expression, scope);
    case "tuple":
      return evaluateTuple(expression, scope);
    case "object":
      return evaluateObject(expression, scope);
    case "for":
      return evaluateFor(expression, scope);
    case "parentheses":
      return evaluate(expression.inner, scope);
  }
}

function evaluateNumber(expression: NumberLiteral, scope: Scope): Value {
  const digits = normalizeDigits(expression.digits);
  return { kind: "number", digits, ...scope.place(expression.span) };
}

function evaluateKeyword(expression: KeywordLiteral, scope: Scope): Value {
  const place = scope.place(expression.span);
  return expression.value === null
    ? { kind: "null", ...place }
    : { kind: "boolean", value: expression.value, ...place };
}

function evaluateVariable(expression: Variable, scope: Scope): Value {
  const place = scope.place(expression.span);
  const binding = scope.lookup(expression.name);
  if (binding instanceof LazyObject) return binding.toValue(place);
  if (binding !== undefined) return binding;
  throw failure(
    place,
    "config.reference_unknown",
    `there is nothing called "${expression.name}" here`,
    didYouMean(
      expression.name,
      scope.names(),
      `for the text itself put it in quotes: "${expression.name}"`,
    ),
  );
}

function evaluateTuple(expression: Tuple, scope: Scope): Value {
  const items = ProblemCollector.all(
    expression.items.map((item) => () => evaluate(item, scope)),
  );
  return { kind: "list", items, ...scope.place(expression.span) };
}

function evaluateObject(expression: ObjectExpression, scope: Scope): Value {
  const entries = new Map<string, Value>();
  const collector = new ProblemCollector();
  let isSensitive = false;
  for (const item of expression.items) {
    const key = collector.attempt(() => evaluateKey(item.key, scope));
    const value = collector.attempt(() => evaluate(item.value, scope));
    if (key === undefined || value === undefined) continue;
    entries.set(key.text, value);
    isSensitive ||= key.isSensitive;
  }
  collector.check();
  const place = scope.place(expression.span);
  return isSensitive
    ? { kind: "object", entries, isSensitive, ...place }
    : { kind: "object", entries, ...place };
}

function evaluateKey(key: Expression, scope: Scope) {
  const value = evaluate(key, scope);
  return keyText(value, scope.place(key.span));
}

/** A value as the key of an object. @throws {EvaluationError} */
export function keyText(
  value: Value,
  place: { span: Span; source?: Scope["source"] },
): { text: string; isSensitive: boolean } {
  if (value.kind === "null") {
    throw failure(place, "config.key_invalid", "a key must not be null");
  }
  try {
    return { text: toText(value), isSensitive: value.isSensitive === true };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw failure(
      place,
      "config.key_invalid",
      `a key must be a string, got ${describeValue(value)}`,
    );
  }
}
