/**
 * The types of values, and the one type several can share.
 *
 * The rules are those of HCL: a tuple is what `[…]` makes, a list what
 * `tolist` makes; objects and maps likewise. A null without a type goes with
 * anything.
 *
 * @module
 */

import type { Type, Value } from "../value.ts";

export const DYNAMIC: Type = { kind: "dynamic" };
export const BOOLEAN: Type = { kind: "boolean" };
export const NUMBER: Type = { kind: "number" };
export const STRING: Type = { kind: "string" };
/** Shared ones, for parameters. */
export const LIST_OF_STRINGS = { kind: "list", element: STRING } as const;
export const LIST_OF_ANYTHING = { kind: "list", element: DYNAMIC } as const;

/** @returns What `value` is, all the way down. */
export function typeOf(value: Value): Type {
  switch (value.kind) {
    case "null":
      return value.type ?? DYNAMIC;
    case "boolean":
      return BOOLEAN;
    case "number":
      return NUMBER;
    case "string":
      return STRING;
    case "list":
      return value.type ??
        { kind: "tuple", elements: value.items.map(typeOf) };
    case "object":
      return value.type ?? {
        kind: "object",
        attributes: new Map(
          [...value.entries].map(([key, entry]) => [key, typeOf(entry)]),
        ),
      };
  }
}

/** Whether the two are one type; "dynamic" goes with everything. */
export function isSameType(a: Type, b: Type): boolean {
  if (a.kind === "dynamic" || b.kind === "dynamic") return true;
  switch (a.kind) {
    case "list":
    case "set":
    case "map":
      return a.kind === b.kind && isSameType(a.element, b.element);
    case "tuple":
      return b.kind === "tuple" && a.elements.length === b.elements.length &&
        a.elements.every((element, i) => isSameType(element, b.elements[i]));
    case "object":
      return b.kind === "object" && hasSameAttributes(a, b) &&
        [...a.attributes].every(([name, type]) =>
          isSameType(type, b.attributes.get(name)!)
        );
    default:
      return a.kind === b.kind;
  }
}

/**
 * The type all of them can be converted to.
 *
 * @returns `undefined` when there is none: a number and a list, say.
 */
export function unify(types: readonly Type[]): Type | undefined {
  const known = types.filter((type) => type.kind !== "dynamic");
  if (known.length === 0) return DYNAMIC;
  const kinds = new Set(known.map((type) => type.kind));
  if (kinds.size === 1 && isPrimitive(known[0])) return known[0];
  if (known.every(isPrimitive)) return kinds.has("string") ? STRING : undefined;
  if (isOnly(kinds, ["tuple"])) return unifyTuples(known as TupleType[]);
  if (isOnly(kinds, ["object"])) return unifyObjects(known as ObjectTypes[]);
  if (isOnly(kinds, ["object", "map"])) return unifyInto("map", known);
  if (isOnly(kinds, ["set", "tuple"])) return unifyInto("set", known);
  if (isOnly(kinds, ["list", "set", "tuple"])) return unifyInto("list", known);
  return undefined;
}

/** Words for an error: `a list of strings`, `a number`. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case "dynamic":
      return "any value";
    case "boolean":
      return "a boolean";
    case "number":
    case "string":
      return `a ${type.kind}`;
    case "list":
    case "set":
    case "map":
      return type.element.kind === "dynamic"
        ? `a ${type.kind}`
        : `a ${type.kind} of ${plural(type.element)}`;
    case "tuple":
      return "a list";
    case "object":
      return "an object";
  }
}

/** The same for a value. */
export function describeValue(value: Value): string {
  return value.kind === "null" ? "null" : describeType(typeOf(value));
}

/** Where two types that have nothing in common differ. */
export function describeMismatch(a: Type, b: Type): string {
  if (a.kind === "object" && b.kind === "object") {
    for (const [name, type] of a.attributes) {
      const other = b.attributes.get(name);
      if (other === undefined || unify([type, other]) !== undefined) continue;
      return `in "${name}" ${describeMismatch(type, other)}`;
    }
    return "the objects have different attributes of different types";
  }
  if (a.kind === "tuple" && b.kind === "tuple") {
    for (const [i, type] of a.elements.entries()) {
      const other = b.elements[i];
      if (other === undefined || unify([type, other]) !== undefined) continue;
      return `in item ${i} ${describeMismatch(type, other)}`;
    }
    return "the lists have items of different types";
  }
  return `one is ${describeType(a)}, the other ${describeType(b)}`;
}

type TupleType = Extract<Type, { kind: "tuple" }>;
type ObjectTypes = Extract<Type, { kind: "object" }>;

function isPrimitive(type: Type): boolean {
  return type.kind === "boolean" || type.kind === "number" ||
    type.kind === "string";
}

function isOnly(
  kinds: ReadonlySet<Type["kind"]>,
  allowed: readonly Type["kind"][],
): boolean {
  return [...kinds].every((kind) => allowed.includes(kind));
}

function unifyTuples(types: readonly TupleType[]): Type | undefined {
  const length = types[0].elements.length;
  if (types.some((type) => type.elements.length !== length)) {
    return unifyInto("list", types);
  }
  const elements: Type[] = [];
  for (let i = 0; i < length; i++) {
    const element = unify(types.map((type) => type.elements[i]));
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return { kind: "tuple", elements };
}

function unifyObjects(types: readonly ObjectTypes[]): Type | undefined {
  if (types.some((type) => !hasSameAttributes(type, types[0]))) {
    return unifyInto("map", types);
  }
  const attributes = new Map<string, Type>();
  for (const name of types[0].attributes.keys()) {
    const type = unify(types.map((t) => t.attributes.get(name)!));
    if (type === undefined) return undefined;
    attributes.set(name, type);
  }
  return { kind: "object", attributes };
}

function unifyInto(
  kind: "list" | "set" | "map",
  types: readonly Type[],
): Type | undefined {
  const element = unify(types.flatMap(elementTypes));
  return element === undefined ? undefined : { kind, element };
}

function elementTypes(type: Type): readonly Type[] {
  switch (type.kind) {
    case "list":
    case "set":
    case "map":
      return [type.element];
    case "tuple":
      return type.elements;
    case "object":
      return [...type.attributes.values()];
    default:
      return [];
  }
}

function hasSameAttributes(a: ObjectTypes, b: ObjectTypes): boolean {
  return a.attributes.size === b.attributes.size &&
    [...a.attributes.keys()].every((name) => b.attributes.has(name));
}

function plural(type: Type): string {
  const [, words] = /^an? (.*)$/.exec(describeType(type)) ?? [];
  return words === undefined ? "values" : words.replace(/^\w+/, "$&s");
}
