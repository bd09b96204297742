/**
 * `tostring` and its siblings, choosing between values, and secrets.
 *
 * @module
 */

import { convert } from "../expressions/convert.ts";
import { EvaluationError, ProblemCollector } from "../expressions/problem.ts";
import { typeOf, unify } from "../expressions/types.ts";
import {
  booleanValue,
  hasSensitive,
  listValue,
  markSensitive,
  markSensitiveIf,
  objectValue,
  type Type,
  type Value,
} from "../value.ts";
import { ANY, BOOLEAN, NUMBER, STRING } from "./arguments.ts";
import {
  type FunctionDefinition,
  FunctionError,
  type LazyFunctionDefinition,
} from "./definition.ts";

const anything = { name: "value", type: ANY, isNullable: true };

function conversion(type: Type): FunctionDefinition {
  return {
    parameters: [anything],
    sensitivity: "parts",
    call: (value) => convert(value, type),
  };
}

export const CONVERSION_FUNCTIONS: Record<
  string,
  FunctionDefinition | LazyFunctionDefinition
> = {
  tostring: conversion(STRING),
  tonumber: conversion(NUMBER),
  tobool: conversion(BOOLEAN),
  tolist: conversion({ kind: "list", element: ANY }),
  toset: conversion({ kind: "set", element: ANY }),
  tomap: conversion({ kind: "map", element: ANY }),
  coalesce: {
    parameters: [anything],
    rest: { ...anything, name: "values" },
    sensitivity: "own",
    call: coalesce,
  },
  sensitive: {
    parameters: [anything],
    sensitivity: "own",
    call: (value: Value) => markSensitive(value),
  },
  nonsensitive: {
    parameters: [anything],
    sensitivity: "own",
    call: unmark,
  },
  issensitive: {
    parameters: [anything],
    sensitivity: "own",
    call: (value: Value) => booleanValue(hasSensitive(value)),
  },
  try: {
    isLazy: true,
    minimumCount: 1,
    maximumCount: Infinity,
    call: firstWithoutError,
  },
  can: {
    isLazy: true,
    minimumCount: 1,
    maximumCount: 1,
    call: (attempt: () => Value) => {
      try {
        const value = attempt();
        return markSensitiveIf(booleanValue(true), hasSensitive(value));
      } catch (error) {
        if (error instanceof EvaluationError) return booleanValue(false);
        throw error;
      }
    },
  },
};

/** The first that is neither null nor an empty string. */
function coalesce(...values: Value[]): Value {
  const type = unify(values.map(typeOf));
  if (type === undefined) {
    throw new FunctionError("all arguments must have the same type", {
      isPublic: true,
    });
  }
  let isSensitive = false;
  for (const value of values) {
    // That an earlier one was empty shows in the result, too.
    isSensitive ||= hasSensitive(value);
    const converted = convert(value, type);
    const isEmpty = converted.kind === "null" ||
      (converted.kind === "string" && converted.value === "");
    if (!isEmpty) return markSensitiveIf(converted, isSensitive);
  }
  throw new FunctionError("every argument is null or an empty string", {
    isPublic: true,
  });
}

function firstWithoutError(...attempts: (() => Value)[]): Value {
  const collector = new ProblemCollector();
  for (const attempt of attempts) {
    const value = collector.attempt(attempt);
    if (value !== undefined) return value;
  }
  collector.check();
  throw new Error("every attempt failed without a problem");
}

/** Without any mark, all the way down: the author takes the responsibility. */
function unmark(value: Value): Value {
  if (!hasSensitive(value)) return value;
  const { isSensitive: _, ...rest } = value;
  if (rest.kind === "list") {
    return { ...rest, ...listValue(rest.items.map(unmark), rest.type) };
  }
  if (rest.kind !== "object") return rest;
  const entries = [...rest.entries]
    .map(([key, entry]) => [key, unmark(entry)] as const);
  return { ...rest, ...objectValue(entries, rest.type) };
}
