/**
 * `a.b`, `a["b"]`, `a[0]` and splats: reaching into a value.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type {
  Expression,
  GetAttribute,
  Index,
  Splat,
  SplatStep,
} from "../syntax_tree.ts";
import {
  type ListValue,
  listValue,
  markSensitiveIf,
  numberValue,
  type ObjectValue,
  type Value,
} from "../value.ts";
import { ConversionError, convert, quote } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { toInteger } from "./number.ts";
import { failure, ProblemCollector } from "./problem.ts";
import { LazyObject, type Scope } from "./scope.ts";
import { describeValue, NUMBER, STRING, typeOf, unify } from "./types.ts";

type Place = ReturnType<Scope["place"]>;

export function evaluateGetAttribute(
  expression: GetAttribute,
  scope: Scope,
): Value {
  const place = scope.place(expression.nameSpan);
  const lazy = lazyTarget(expression.target, scope);
  if (lazy !== undefined) return lazy.get(expression.name, place);
  const target = evaluateTarget(expression.target, scope, expression.name);
  return getAttribute(target, expression.name, place);
}

export function evaluateIndex(expression: Index, scope: Scope): Value {
  const place = scope.place(expression.key.span);
  const lazy = lazyTarget(expression.target, scope);
  if (lazy !== undefined) {
    const key = evaluate(expression.key, scope);
    if (key.kind === "string") return lazy.get(key.value, place);
    return index(lazy.toValue(place), key, place);
  }
  const [target, key] = ProblemCollector.all([
    () => evaluate(expression.target, scope),
    () => evaluate(expression.key, scope),
  ]);
  return index(target, key, place);
}

export function evaluateSplat(expression: Splat, scope: Scope): Value {
  return splat(evaluate(expression.target, scope), expression.rest, scope);
}

/** Of null nothing, of a single value a list of one. */
function splat(
  target: Value,
  rest: readonly SplatStep[],
  scope: Scope,
): Value {
  if (target.kind === "null") {
    return markSensitiveIf(listValue([]), target.isSensitive);
  }
  const source = target.kind === "list" ? target : listValue([target]);
  const items = ProblemCollector.all(
    source.items.map((item) => () => applyRest(item, rest, scope)),
  );
  return markSensitiveIf(splatResult(items, source), target.isSensitive);
}

/** @throws {EvaluationError} When there is no such attribute. */
export function getAttribute(target: Value, name: string, place: Place): Value {
  if (target.kind === "null") {
    throw failure(
      place,
      "config.value_null",
      `cannot read "${name}" of null`,
    );
  }
  if (/^\d+$/.test(name)) return index(target, numberValue(name), place);
  if (target.kind !== "object") throw noAttributes(target, name, place);
  const value = target.entries.get(name);
  if (value === undefined) throw unknownAttribute(target, name, place);
  return markSensitiveIf(value, target.isSensitive);
}

/** @throws {EvaluationError} When there is no such element. */
export function index(target: Value, key: Value, place: Place): Value {
  if (target.kind === "null") {
    throw failure(place, "config.value_null", "cannot take an element of null");
  }
  if (key.kind === "null") {
    throw failure(place, "config.index_invalid", "an index must not be null");
  }
  const isSensitive = target.isSensitive || key.isSensitive;
  switch (target.kind) {
    case "list":
      return markSensitiveIf(itemAt(target, key, place), isSensitive);
    case "object":
      return markSensitiveIf(entryAt(target, key, place), isSensitive);
    default:
      throw failure(
        place,
        "config.index_invalid",
        `${describeValue(target)} has no elements to take by index`,
      );
  }
}

function itemAt(target: ListValue, key: Value, place: Place): Value {
  if (target.type?.kind === "set") {
    throw failure(
      place,
      "config.index_invalid",
      "the elements of a set have no index",
      "turn it into a list first: tolist(…)",
    );
  }
  const position = wholeNumber(key, place);
  const { length } = target.items;
  if (position < 0n || position >= length) {
    const which = key.isSensitive ? "the index" : `index ${position}`;
    const has = length === 1 ? "1 element" : `${length} elements`;
    throw failure(
      place,
      "config.index_out_of_range",
      `${which} is out of range: the list has ${has}`,
      length === 0 ? undefined : `indexes go from 0 to ${length - 1}`,
    );
  }
  return target.items[Number(position)];
}

function wholeNumber(key: Value, place: Place): bigint {
  const number = converted(key, place, NUMBER, "a list");
  const integer = number.kind === "number"
    ? toInteger(number.digits)
    : undefined;
  if (integer !== undefined) return integer;
  throw failure(
    place,
    "config.index_invalid",
    `the index of a list must be a whole number, got ${quote(key)}`,
  );
}

function entryAt(target: ObjectValue, key: Value, place: Place): Value {
  const text = converted(key, place, STRING, "an object");
  const name = text.kind === "string" ? text.value : "";
  const value = target.entries.get(name);
  if (value !== undefined) return value;
  if (key.isSensitive) {
    throw failure(
      place,
      "config.attribute_unknown",
      "there is no element with that (sensitive) key",
    );
  }
  throw unknownAttribute(target, name, place);
}

function converted(
  key: Value,
  place: Place,
  type: typeof NUMBER | typeof STRING,
  what: string,
): Value {
  try {
    return convert(key, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw failure(
      place,
      "config.index_invalid",
      `cannot take an element of ${what} with this key: ${error.message}`,
    );
  }
}

/** `local` in `local.x`: only what is asked for is worked out. */
function lazyTarget(target: Expression, scope: Scope): LazyObject | undefined {
  if (target.kind === "parentheses") return lazyTarget(target.inner, scope);
  if (target.kind !== "variable") return undefined;
  const binding = scope.lookup(target.name);
  return binding instanceof LazyObject ? binding : undefined;
}

/** `env.NAME` is a natural mistake with an answer of its own. */
function evaluateTarget(
  target: Expression,
  scope: Scope,
  attribute: string,
): Value {
  const isEnvironment = target.kind === "variable" && target.name === "env" &&
    scope.lookup("env") === undefined && scope.functions.has("env");
  if (!isEnvironment) return evaluate(target, scope);
  throw failure(
    scope.place(target.span),
    "config.reference_unknown",
    `there is nothing called "env" here`,
    `an environment variable is read with env("${attribute}")`,
  );
}

function applyRest(
  item: Value,
  rest: readonly SplatStep[],
  scope: Scope,
): Value {
  return rest.reduce((value, step) => {
    const place = scope.place(step.span);
    switch (step.kind) {
      case "attribute":
        return getAttribute(value, step.name, place);
      case "index":
        return index(value, evaluate(step.key, scope), place);
      case "splat":
        return splat(value, step.rest, scope);
    }
  }, item);
}

/** From a list or set comes a list, if its elements still have one type. */
function splatResult(items: readonly Value[], source: ListValue): Value {
  if (source.type === undefined) return listValue(items);
  const element = items.length === 0
    ? source.type.element
    : unify(items.map(typeOf));
  return element === undefined
    ? listValue(items)
    : listValue(items, { kind: "list", element });
}

function noAttributes(target: Value, name: string, place: Place) {
  const isListOfObjects = target.kind === "list" &&
    target.items.some((item) => item.kind === "object");
  return failure(
    place,
    "config.attribute_unknown",
    `${describeValue(target)} has no attribute "${name}"`,
    isListOfObjects
      ? `for one element: [0].${name}; for all of them: [*].${name}`
      : undefined,
  );
}

function unknownAttribute(target: ObjectValue, name: string, place: Place) {
  const names = target.isSensitive ? [] : [...target.entries.keys()];
  const shown = names.slice(0, 8).join(", ");
  const more = names.length > 8 ? ", …" : "";
  const has = names.length === 0 ? undefined : `it has ${shown}${more}`;
  return failure(
    place,
    "config.attribute_unknown",
    `there is no attribute "${name}"`,
    didYouMean(name, names, has),
  );
}
