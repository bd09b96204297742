/**
 * `[for …]` and `{for …}`.
 *
 * Objects and maps are gone through in the order of their keys, as HCL does. A
 * sensitive collection, condition or key makes the whole result sensitive: how
 * many elements there are already tells something.
 *
 * @module
 */

import type { ForExpression, Span } from "../syntax_tree.ts";
import {
  listValue,
  markSensitiveIf,
  numberValue,
  objectValue,
  stringValue,
  type Value,
} from "../value.ts";
import { ConversionError, convert, quote } from "./convert.ts";
import { evaluate, keyText } from "./evaluate.ts";
import { sortedEntries } from "./order.ts";
import { failure, ProblemCollector } from "./problem.ts";
import type { Binding, Scope } from "./scope.ts";
import { BOOLEAN, describeValue } from "./types.ts";

/** One element of what is iterated over, with its key. */
export interface Element {
  readonly key: Value;
  readonly value: Value;
}

export function evaluateFor(expression: ForExpression, scope: Scope): Value {
  const collection = evaluate(expression.collection, scope);
  const elements = elementsOf(
    collection,
    scope.place(expression.collection.span),
  );
  const loop = new Loop(expression, scope);
  const result = expression.form === "tuple"
    ? loop.tuple(elements)
    : loop.object(elements);
  return markSensitiveIf(result, collection.isSensitive || loop.isSensitive);
}

/**
 * What `for` goes through, in its order.
 *
 * @throws {EvaluationError} `config.not_iterable` for anything but lists and
 * objects.
 */
export function elementsOf(
  collection: Value,
  place: ReturnType<Scope["place"]>,
): Element[] {
  switch (collection.kind) {
    case "list": {
      const isSet = collection.type?.kind === "set";
      return collection.items.map((value, i) => ({
        key: isSet ? value : numberValue(i),
        value,
      }));
    }
    case "object":
      return sortedEntries(collection.entries).map(([key, value]) => ({
        key: stringValue(key),
        value,
      }));
    default:
      throw failure(
        place,
        "config.not_iterable",
        `"for" needs a list or an object, got ${describeValue(collection)}`,
      );
  }
}

/** The names a loop gives to one element. */
export function loopVariables(
  names: { readonly keyName?: string; readonly valueName: string },
  element: Element,
): [string, Binding][] {
  const variables: [string, Binding][] = [[names.valueName, element.value]];
  if (names.keyName !== undefined) variables.push([names.keyName, element.key]);
  return variables;
}

class Loop {
  isSensitive = false;

  constructor(readonly expression: ForExpression, readonly scope: Scope) {}

  tuple(elements: readonly Element[]): Value {
    const items: Value[] = [];
    this.#each(elements, (scope) => {
      items.push(evaluate(this.expression.value, scope));
    });
    return listValue(items);
  }

  object(elements: readonly Element[]): Value {
    const groups = new Map<string, Value[]>();
    this.#each(elements, (scope) => this.#add(groups, scope));
    return objectValue(
      [...groups].map(([key, values]) => [
        key,
        this.expression.isGrouped ? listValue(values) : values[0],
      ]),
    );
  }

  #add(groups: Map<string, Value[]>, scope: Scope): void {
    const { key, value, isGrouped } = this.expression;
    const keyPlace = scope.place(key!.span);
    const keyValue = evaluate(key!, scope);
    const { text, isSensitive } = keyText(keyValue, keyPlace);
    this.isSensitive ||= isSensitive;
    const group = groups.get(text);
    if (group === undefined) {
      groups.set(text, [evaluate(value, scope)]);
    } else if (isGrouped) {
      group.push(evaluate(value, scope));
    } else {
      throw failure(
        keyPlace,
        "config.key_duplicate",
        `two elements have the key ${quote(keyValue)}`,
        "write ... after the value to collect all values of one key in a list",
      );
    }
  }

  #each(elements: readonly Element[], action: (scope: Scope) => void): void {
    const collector = new ProblemCollector();
    for (const element of elements) {
      const variables = loopVariables(this.expression, element);
      const isDone = collector.attempt(() => {
        const scope = this.scope.with(variables);
        if (this.#isIncluded(scope)) action(scope);
        return true;
      });
      // One mistake in the body is the same mistake for every element.
      if (!isDone) break;
    }
    collector.check();
  }

  #isIncluded(scope: Scope): boolean {
    const { condition } = this.expression;
    if (condition === undefined) return true;
    const value = evaluate(condition, scope);
    this.isSensitive ||= value.isSensitive === true;
    return conditionOf(value, condition.span, scope, `"if" clause`);
  }
}

/** A value that must be true or false. @throws {EvaluationError} */
export function conditionOf(
  value: Value,
  span: Span,
  scope: Scope,
  what: string,
): boolean {
  const place = scope.place(span);
  if (value.kind === "null") {
    throw failure(place, "config.value_null", `the ${what} must not be null`);
  }
  try {
    const condition = convert(value, BOOLEAN);
    return condition.kind === "boolean" && condition.value;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw failure(
      place,
      "config.condition_invalid",
      `the ${what} must be true or false, got ${quote(value)}`,
    );
  }
}
