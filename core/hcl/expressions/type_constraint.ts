/**
 * `string`, `list(number)`, `object({ a = string, b = optional(number, 5) })`:
 * the types a variable can be declared with.
 *
 * They look like expressions and are parsed as such, but are read here instead
 * of being evaluated.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type {
  Expression,
  FunctionCall,
  ObjectExpression,
} from "../syntax_tree.ts";
import type { Type, Value } from "../value.ts";
import { ConversionError, convert } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { type EvaluationError, failure, ProblemCollector } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { BOOLEAN, DYNAMIC, NUMBER, STRING } from "./types.ts";

const SIMPLE: ReadonlyMap<string, Type> = new Map([
  ["any", DYNAMIC],
  ["bool", BOOLEAN],
  ["number", NUMBER],
  ["string", STRING],
]);
const WORDS = [...SIMPLE.keys(), "list", "set", "map", "tuple", "object"];

/**
 * @param scope For the defaults in `optional(…)`, and for places.
 * @throws {EvaluationError} `config.type_invalid`
 */
export function readType(expression: Expression, scope: Scope): Type {
  switch (expression.kind) {
    case "variable":
      return simpleType(expression, expression.name, scope);
    case "call":
      return typeOfCall(expression, scope);
    case "parentheses":
      return readType(expression.inner, scope);
    default:
      throw invalid(
        expression,
        scope,
        "this is no type",
        `types are ${listWords()}, without quotes`,
      );
  }
}

function simpleType(
  expression: Expression,
  name: string,
  scope: Scope,
): Type {
  const type = SIMPLE.get(name);
  if (type !== undefined) return type;
  if (name === "list" || name === "map" || name === "set") {
    return { kind: name, element: DYNAMIC };
  }
  throw invalid(
    expression,
    scope,
    `there is no type "${name}"`,
    didYouMean(name, WORDS, `types are ${listWords()}`),
  );
}

function typeOfCall(call: FunctionCall, scope: Scope): Type {
  const [argument] = call.args;
  const isSingle = call.args.length === 1 && !call.expandLast;
  switch (call.name) {
    case "list":
    case "set":
    case "map":
      if (isSingle) {
        return { kind: call.name, element: readType(argument, scope) };
      }
      throw invalid(
        call,
        scope,
        `${call.name}(…) takes the type of its elements`,
      );
    case "tuple":
      if (isSingle && argument.kind === "tuple") {
        const elements = ProblemCollector.all(
          argument.items.map((item) => () => readType(item, scope)),
        );
        return { kind: "tuple", elements };
      }
      throw invalid(
        call,
        scope,
        "tuple(…) takes a list of types: tuple([string])",
      );
    case "object":
      if (isSingle && argument.kind === "object") {
        return objectType(argument, scope);
      }
      throw invalid(
        call,
        scope,
        "object(…) takes its attributes: object({ name = string })",
      );
    case "optional":
      throw invalid(
        call,
        scope,
        "optional(…) only stands inside object({ … })",
      );
    default:
      return simpleType(call, call.name, scope);
  }
}

function objectType(object: ObjectExpression, scope: Scope): Type {
  const attributes = new Map<string, Type>();
  const optional = new Map<string, Value | undefined>();
  ProblemCollector.all(object.items.map(({ key, value }) => () => {
    const name = evaluate(key, scope);
    if (name.kind !== "string") {
      throw invalid(key, scope, "an attribute needs a name");
    }
    if (value.kind !== "call" || value.name !== "optional") {
      attributes.set(name.value, readType(value, scope));
      return;
    }
    const { type, fallback } = optionalType(value, scope);
    attributes.set(name.value, type);
    optional.set(name.value, fallback);
  }));
  return { kind: "object", attributes, optional };
}

function optionalType(
  call: FunctionCall,
  scope: Scope,
): { type: Type; fallback?: Value } {
  const [first, second] = call.args;
  if (first === undefined || call.args.length > 2) {
    throw invalid(
      call,
      scope,
      "optional(…) takes a type and perhaps a default",
    );
  }
  const type = readType(first, scope);
  if (second === undefined) return { type };
  try {
    return { type, fallback: convert(evaluate(second, scope), type) };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw invalid(
      second,
      scope,
      `the default has another type: ${error.message}`,
    );
  }
}

function invalid(
  { span }: Expression,
  scope: Scope,
  message: string,
  hint?: string,
): EvaluationError {
  return failure(scope.place(span), "config.type_invalid", message, hint);
}

function listWords(): string {
  return "string, number, bool, any, list(…), set(…), map(…), tuple([…]) and object({…})";
}
