/**
 * When two values are the same, and in which order a set holds them.
 *
 * @module
 */

import type { ObjectValue, Value } from "../value.ts";
import { compareDigits } from "./number.ts";
import { compareTexts, sortedEntries } from "./order.ts";
import { isSameType, typeOf } from "./types.ts";

/**
 * `==` of the language: values of different types are never equal (`1` and
 * `"1"`, a tuple and a list), numbers are compared by value (`1.0` and `1`), and
 * null equals only null.
 */
export function isEqual(a: Value, b: Value): boolean {
  if (a.kind === "null" || b.kind === "null") return a.kind === b.kind;
  if (a.kind !== b.kind) return false;
  const isCompound = a.kind === "list" || a.kind === "object";
  if (isCompound && !isSameType(typeOf(a), typeOf(b))) return false;
  return hasSameContent(a, b);
}

/** A total order: null last, then by content; only used within one type. */
export function compareValues(a: Value, b: Value): number {
  if (a.kind !== b.kind) return rank(a) - rank(b);
  switch (a.kind) {
    case "string":
      return compareTexts(a.value, (b as typeof a).value);
    case "number":
      return compareDigits(a.digits, (b as typeof a).digits);
    case "boolean":
      return Number(a.value) - Number((b as typeof a).value);
    case "list":
      return compareLists(a.items, (b as typeof a).items);
    case "object":
      return compareLists(flatten(a), flatten(b as typeof a));
    case "null":
      return 0;
  }
}

function hasSameContent(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "null":
      return true;
    case "boolean":
      return a.value === (b as typeof a).value;
    case "string":
      return a.value === (b as typeof a).value;
    case "number":
      return compareDigits(a.digits, (b as typeof a).digits) === 0;
    case "list": {
      const { items } = b as typeof a;
      return a.items.length === items.length &&
        a.items.every((item, i) => hasSameContent(item, items[i]));
    }
    case "object":
      return hasSameEntries(a, b as typeof a);
  }
}

function hasSameEntries(a: ObjectValue, b: ObjectValue): boolean {
  if (a.entries.size !== b.entries.size) return false;
  for (const [key, value] of a.entries) {
    const other = b.entries.get(key);
    if (other === undefined || !hasSameContent(value, other)) return false;
  }
  return true;
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function flatten(value: ObjectValue): Value[] {
  return sortedEntries(value.entries).flatMap(([key, entry]) => [
    { kind: "string" as const, value: key },
    entry,
  ]);
}

function rank(value: Value): number {
  return ["boolean", "number", "string", "list", "object", "null"]
    .indexOf(value.kind);
}
