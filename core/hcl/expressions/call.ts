/**
 * `name(a, b...)`: finds the function, checks and converts its arguments, and
 * turns what goes wrong inside into a problem with a place.
 *
 * A message from inside a function may quote its arguments, so it is left out
 * when one of them is sensitive.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import {
  type FunctionDefinition,
  FunctionError,
  type LazyFunctionDefinition,
  type Parameter,
  type Sensitivity,
} from "../functions/definition.ts";
import type { FunctionCall, Span } from "../syntax_tree.ts";
import { hasSensitive, markSensitiveIf, type Value } from "../value.ts";
import { ConversionError, convert } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { NumberTooLarge } from "./number.ts";
import { type EvaluationError, failure, ProblemCollector } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { describeValue } from "./types.ts";

/** An argument and where it was written. */
interface Argument {
  readonly value: Value;
  readonly span: Span;
}

export function evaluateCall(expression: FunctionCall, scope: Scope): Value {
  const definition = scope.functions.get(expression.name);
  if (definition === undefined) throw unknownFunction(expression, scope);
  if ("isLazy" in definition) return callLazily(expression, definition, scope);
  const given = evaluateArguments(expression, scope);
  checkCount(expression, definition, given.length, scope);
  const args = ProblemCollector.all(
    given.map((argument, i) => () =>
      convertArgument(expression, parameterAt(definition, i), argument, scope)
    ),
  );
  const result = run(expression, definition, args, given, scope);
  return markSensitiveIf(
    result,
    isResultSensitive(definition.sensitivity ?? "deep", args),
  );
}

function run(
  expression: FunctionCall,
  definition: FunctionDefinition,
  args: Value[],
  given: readonly Argument[],
  scope: Scope,
): Value {
  try {
    return definition.call(...args);
  } catch (error) {
    const reason = toFunctionError(error);
    const isHidden = !reason.isPublic && args.some(hasSensitive);
    throw failure(
      scope.place(blamed(reason, args, given) ?? expression.span),
      reason.code,
      isHidden
        ? `${expression.name}() failed (the reason would show a sensitive value)`
        : `${expression.name}(): ${reason.message}`,
      isHidden ? undefined : reason.hint,
    );
  }
}

/** The argument to point at; the only one there is, if there is one. */
function blamed(
  { argument, about }: FunctionError,
  args: readonly Value[],
  given: readonly Argument[],
): Span | undefined {
  if (given.length === 1) return given[0].span;
  const index = argument ?? (about && args.indexOf(about)) ?? -1;
  return given[index]?.span;
}

function toFunctionError(error: unknown): FunctionError {
  if (error instanceof FunctionError) return error;
  if (error instanceof ConversionError) return new FunctionError(error.message);
  if (error instanceof NumberTooLarge) {
    return new FunctionError(error.message, {
      code: "config.number_too_large",
      isPublic: true,
    });
  }
  // "Invalid string length": the engine's own bound.
  if (error instanceof RangeError) {
    return new FunctionError("the result is too large", {
      code: "config.value_too_large",
      isPublic: true,
    });
  }
  throw error;
}

function callLazily(
  expression: FunctionCall,
  definition: LazyFunctionDefinition,
  scope: Scope,
): Value {
  const { args, name, expandLast } = expression;
  const { minimumCount, maximumCount } = definition;
  if (args.length < minimumCount || args.length > maximumCount || expandLast) {
    const count = maximumCount === minimumCount
      ? `${minimumCount}`
      : `at least ${minimumCount}`;
    throw failure(
      scope.place(expression.span),
      "config.function_arguments",
      `${name}() takes ${count} argument${
        count === "1" ? "" : "s"
      }, each written out`,
    );
  }
  return definition.call(...args.map((arg) => () => evaluate(arg, scope)));
}

function evaluateArguments(
  { args, expandLast }: FunctionCall,
  scope: Scope,
): Argument[] {
  const values = ProblemCollector.all(
    args.map((arg) => () => evaluate(arg, scope)),
  );
  const given = values.map((value, i) => ({ value, span: args[i].span }));
  if (!expandLast) return given;
  const last = given.pop()!;
  return [...given, ...expand(last, scope)];
}

function expand({ value, span }: Argument, scope: Scope): Argument[] {
  if (value.kind !== "list") {
    throw failure(
      scope.place(span),
      "config.function_arguments",
      `only a list can be expanded with "...", got ${describeValue(value)}`,
    );
  }
  return value.items.map((item) => ({
    value: markSensitiveIf(item, value.isSensitive),
    span,
  }));
}

function checkCount(
  expression: FunctionCall,
  definition: FunctionDefinition,
  count: number,
  scope: Scope,
): void {
  const { parameters, optionalCount = 0, rest } = definition;
  const minimum = parameters.length - optionalCount;
  if (count < minimum) {
    throw failure(
      scope.place(expression.span),
      "config.function_arguments",
      `${expression.name}() needs "${parameters[count].name}"`,
      `it is called as ${signature(expression.name, definition)}`,
    );
  }
  if (rest === undefined && count > parameters.length) {
    const extra = expression.args[parameters.length] ?? expression;
    throw failure(
      scope.place(extra.span),
      "config.function_arguments",
      `${expression.name}() takes ${
        countWords(parameters.length)
      }, got ${count}`,
      `it is called as ${signature(expression.name, definition)}`,
    );
  }
}

function convertArgument(
  expression: FunctionCall,
  parameter: Parameter,
  { value, span }: Argument,
  scope: Scope,
): Value {
  const what = `${expression.name}(): "${parameter.name}"`;
  if (value.kind === "null" && !parameter.isNullable) {
    throw failure(
      scope.place(span),
      "config.function_argument",
      `${what} must not be null`,
    );
  }
  try {
    return convert(value, parameter.type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const message = value.isSensitive || !hasSensitive(value)
      ? error.message
      : "the value has the wrong type";
    throw failure(
      scope.place(span),
      "config.function_argument",
      `${what}: ${message}`,
    );
  }
}

function parameterAt(definition: FunctionDefinition, i: number): Parameter {
  return definition.parameters[i] ?? definition.rest!;
}

function isResultSensitive(
  sensitivity: Sensitivity,
  args: readonly Value[],
): boolean {
  switch (sensitivity) {
    case "deep":
      return args.some(hasSensitive);
    case "parts":
      return args.some((arg) => arg.isSensitive);
    case "own":
      return false;
  }
}

function unknownFunction(
  expression: FunctionCall,
  scope: Scope,
): EvaluationError {
  return failure(
    scope.place(expression.nameSpan),
    "config.function_unknown",
    `there is no function "${expression.name}"`,
    didYouMean(expression.name, scope.functions.keys()),
  );
}

/** `substr(str, offset, length)`, with `[…]` around what may be left out. */
export function signature(
  name: string,
  { parameters, optionalCount = 0, rest }: FunctionDefinition,
): string {
  const required = parameters.length - optionalCount;
  const words = parameters.map((parameter, i) =>
    i < required ? parameter.name : `[${parameter.name}]`
  );
  if (rest !== undefined) words.push(`${rest.name}...`);
  return `${name}(${words.join(", ")})`;
}

function countWords(count: number): string {
  if (count === 0) return "no arguments";
  return count === 1 ? "1 argument" : `${count} arguments`;
}
