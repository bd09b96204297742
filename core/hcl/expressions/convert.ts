/**
 * One type of value into another, as HCL does by itself: numeric text to a
 * number, `"true"` to a boolean, a tuple to a list.
 *
 * @module
 */

import {
  listValue,
  markSensitiveIf,
  nullValue,
  numberValue,
  type ObjectValue,
  objectValue,
  type SequenceType,
  stringValue,
  type Type,
  type Value,
} from "../value.ts";
import { compareValues, isEqual } from "./equality.ts";
import { parseDigits, plainDigits } from "./number.ts";
import { describeType, describeValue, typeOf, unify } from "./types.ts";

type ObjectType = Extract<Type, { kind: "object" }>;
type TupleType = Extract<Type, { kind: "tuple" }>;

/** The value can't become that type; `message` says why. */
export class ConversionError extends Error {}

/**
 * @returns The value with the type asked for; sensitive if it was. A null stays
 * null.
 * @throws {ConversionError}
 */
export function convert(value: Value, type: Type): Value {
  if (type.kind === "dynamic") return value;
  if (value.kind === "null") {
    return markSensitiveIf(nullValue(type), value.isSensitive);
  }
  const result = convertKnown(value, type);
  if (result === value) return value;
  return markSensitiveIf(keepPlace(result, value), value.isSensitive);
}

/** A number or boolean as text in a template; text as it is. */
export function toText(value: Value): string {
  const converted = convert(value, { kind: "string" });
  if (converted.kind !== "string") {
    throw new ConversionError("a string is required, got null");
  }
  return converted.value;
}

/** How an error quotes a value without giving away a secret. */
export function quote(value: Value): string {
  if (value.isSensitive) return "a sensitive value";
  if (value.kind === "string") return JSON.stringify(shorten(value.value));
  if (value.kind === "number") return value.digits;
  if (value.kind === "boolean") return String(value.value);
  return describeValue(value);
}

/** The conversion a set makes: sorted, each value once. */
export function toSet(items: readonly Value[], element: Type): Value {
  const distinct: Value[] = [];
  for (const item of [...items].sort(compareValues)) {
    const previous = distinct.at(-1);
    if (previous === undefined || !isEqual(previous, item)) distinct.push(item);
  }
  // Which of two equal items stayed would tell; so the mark moves outward.
  const isSensitive = items.some((item) => item.isSensitive);
  return markSensitiveIf(
    listValue(distinct, { kind: "set", element }),
    isSensitive,
  );
}

function convertKnown(value: Value, type: Type): Value {
  switch (type.kind) {
    case "string":
      return toStringValue(value);
    case "number":
      return toNumberValue(value);
    case "boolean":
      return toBooleanValue(value);
    case "list":
    case "set":
      return toSequence(value, type);
    case "map":
      return toMap(value, type.element);
    case "tuple":
      return toTuple(value, type);
    case "object":
      return toObject(value, type);
    case "dynamic":
      return value;
  }
}

function toStringValue(value: Value): Value {
  switch (value.kind) {
    case "string":
      return value;
    case "number":
      return stringValue(plainDigits(value.digits));
    case "boolean":
      return stringValue(String(value.value));
    default:
      throw new ConversionError(
        `a string is required, got ${describeValue(value)}`,
      );
  }
}

function toNumberValue(value: Value): Value {
  if (value.kind === "number") return value;
  if (value.kind === "string") {
    const digits = parseDigits(value.value);
    if (digits !== undefined) return numberValue(digits);
    throw new ConversionError(`a number is required, got ${quote(value)}`);
  }
  throw new ConversionError(
    `a number is required, got ${describeValue(value)}`,
  );
}

function toBooleanValue(value: Value): Value {
  if (value.kind === "boolean") return value;
  if (value.kind === "string") {
    if (value.value === "true" || value.value === "1") {
      return { kind: "boolean", value: true };
    }
    if (value.value === "false" || value.value === "0") {
      return { kind: "boolean", value: false };
    }
    throw new ConversionError(
      `true or false is required, got ${quote(value)}`,
    );
  }
  throw new ConversionError(
    `true or false is required, got ${describeValue(value)}`,
  );
}

function toSequence(value: Value, type: SequenceType): Value {
  if (value.kind !== "list") throw mismatch(value, type);
  if (value.type?.kind === "set" && type.kind === "set") {
    if (type.element.kind === "dynamic") return value;
  }
  const element = commonElement(value.items, type, value.type?.element);
  const items = convertAll(value.items, element);
  return type.kind === "set"
    ? toSet(items, element)
    : listValue(items, { kind: "list", element });
}

function toMap(value: Value, wanted: Type): Value {
  const type: Type = { kind: "map", element: wanted };
  if (value.kind !== "object") throw mismatch(value, type);
  const element = commonElement(
    [...value.entries.values()],
    type,
    value.type?.element,
  );
  const entries = new Map<string, Value>();
  for (const [key, entry] of value.entries) {
    entries.set(key, within(`key ${JSON.stringify(key)}`, entry, element));
  }
  return objectValue(entries, { kind: "map", element });
}

/** "dynamic" inside a list type means: whatever all the elements have. */
function commonElement(
  items: readonly Value[],
  type: Extract<Type, { element: Type }>,
  own: Type | undefined,
): Type {
  if (!hasDynamic(type.element)) return type.element;
  if (items.length === 0) return own ?? type.element;
  const converted = items.map((item, i) =>
    within(`item ${i}`, item, type.element)
  );
  const common = unify(converted.map(typeOf));
  if (common !== undefined) return common;
  throw new ConversionError(
    `all elements of a ${type.kind} must have one type; these are ${
      [...new Set(items.map(describeValue))].join(", ")
    }`,
  );
}

function hasDynamic(type: Type): boolean {
  if (type.kind === "dynamic") return true;
  if ("element" in type) return hasDynamic(type.element);
  if (type.kind === "tuple") return type.elements.some(hasDynamic);
  if (type.kind !== "object") return false;
  return [...type.attributes.values()].some(hasDynamic);
}

function convertAll(items: readonly Value[], element: Type): Value[] {
  return items.map((item, i) => within(`item ${i}`, item, element));
}

function toTuple(value: Value, type: TupleType): Value {
  if (value.kind !== "list" || value.type?.kind === "set") {
    throw mismatch(value, type);
  }
  if (value.items.length !== type.elements.length) {
    throw new ConversionError(
      `a list of ${type.elements.length} elements is required, got ${value.items.length}`,
    );
  }
  return listValue(
    value.items.map((item, i) => within(`item ${i}`, item, type.elements[i])),
  );
}

function toObject(value: Value, type: ObjectType): Value {
  if (value.kind !== "object") throw mismatch(value, type);
  const entries = new Map<string, Value>();
  for (const [name, attribute] of type.attributes) {
    entries.set(name, attributeOf(value, name, attribute, type));
  }
  return objectValue(entries);
}

function attributeOf(
  value: ObjectValue,
  name: string,
  type: Type,
  object: ObjectType,
): Value {
  const entry = value.entries.get(name);
  const isMissing = entry === undefined || entry.kind === "null";
  if (isMissing && object.optional?.has(name)) {
    return convert(object.optional.get(name) ?? nullValue(), type);
  }
  if (entry === undefined) {
    throw new ConversionError(`the attribute "${name}" is required`);
  }
  return within(`"${name}"`, entry, type);
}

/** Converts a part, and says which part when it can't. */
function within(place: string, value: Value, type: Type): Value {
  try {
    return convert(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new ConversionError(`${place}: ${error.message}`);
  }
}

function mismatch(value: Value, type: Type): ConversionError {
  return new ConversionError(
    `${describeType(type)} is required, got ${describeValue(value)}`,
  );
}

function keepPlace(result: Value, from: Value): Value {
  if (from.span === undefined || result.span !== undefined) return result;
  return { ...result, span: from.span, source: from.source };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
