/**
 * Functions over lists, sets and tuples.
 *
 * A list made by `tolist` stays one (all elements of one type), a literal `[…]`
 * stays a tuple; a set turns into a list where order matters.
 *
 * @module
 */

import { convert } from "../expressions/convert.ts";
import { isEqual } from "../expressions/equality.ts";
import { compareTexts } from "../expressions/order.ts";
import { typeOf, unify } from "../expressions/types.ts";
import {
  booleanValue,
  type ListValue,
  listValue,
  markSensitiveIf,
  nullValue,
  numberValue,
  type SequenceType,
  type Value,
} from "../value.ts";
import {
  ANY,
  BOOLEAN,
  integerOf,
  LIST,
  listOf,
  listOfTexts,
  NUMBER,
  STRINGS,
  textsOf,
} from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

const list = { name: "list", type: ANY };

export const LIST_FUNCTIONS: Record<string, FunctionDefinition> = {
  concat: {
    parameters: [{ name: "seq", type: ANY }],
    rest: { name: "seqs", type: ANY },
    sensitivity: "parts",
    call: (...lists) => concat(lists.map((value) => indexed(value, "seq"))),
  },
  contains: {
    parameters: [list, { name: "value", type: ANY, isNullable: true }],
    call: (items, value) =>
      booleanValue(
        listOf(items, "list").items.some((item) => isEqual(item, value)),
      ),
  },
  index: {
    parameters: [list, { name: "value", type: ANY, isNullable: true }],
    call: (items, value) => {
      const position = indexed(items, "list").items
        .findIndex((item) => isEqual(item, value));
      if (position >= 0) return numberValue(position);
      throw new FunctionError("the list does not contain the value");
    },
  },
  element: {
    parameters: [list, { name: "index", type: NUMBER }],
    sensitivity: "parts",
    call: (items, position) =>
      element(indexed(items, "list"), integerOf(position, "index")),
  },
  slice: {
    parameters: [
      list,
      { name: "start_index", type: NUMBER },
      { name: "end_index", type: NUMBER },
    ],
    sensitivity: "parts",
    call: (items, start, end) =>
      slice(
        indexed(items, "list"),
        integerOf(start, "start_index"),
        integerOf(end, "end_index"),
      ),
  },
  flatten: {
    parameters: [list],
    sensitivity: "parts",
    call: (items) => flatten(listOf(items, "list")),
  },
  reverse: {
    parameters: [list],
    sensitivity: "parts",
    call: (value) => {
      const { items, type } = listOf(value, "list");
      return listValue(items.toReversed(), asList(type));
    },
  },
  sort: {
    parameters: [{ name: "list", type: STRINGS }],
    call: (items) => listOfTexts(textsOf(items, "list").sort(compareTexts)),
  },
  distinct: {
    parameters: [{ name: "list", type: LIST }],
    call: (value) => {
      const { items, type } = listOf(value, "list");
      return listValue(distinct(items), type);
    },
  },
  compact: {
    parameters: [{ name: "list", type: STRINGS }],
    call: (value) => {
      const { items, type } = listOf(value, "list");
      const isText = (item: Value) =>
        item.kind === "string" && item.value !== "";
      return listValue(items.filter(isText), type);
    },
  },
  chunklist: {
    parameters: [{ name: "list", type: LIST }, { name: "size", type: NUMBER }],
    sensitivity: "parts",
    call: (items, size) =>
      chunk(listOf(items, "list"), integerOf(size, "size")),
  },
  coalescelist: {
    parameters: [{ name: "list", type: ANY, isNullable: true }],
    rest: { name: "lists", type: ANY, isNullable: true },
    sensitivity: "parts",
    call: (...lists) => {
      const found = lists.filter((value) => value.kind !== "null")
        .map((value) => indexed(value, "list"))
        .find(({ items }) => items.length > 0);
      if (found !== undefined) return found;
      throw new FunctionError("every list is empty or null");
    },
  },
  one: {
    parameters: [list],
    sensitivity: "parts",
    call: (value) => {
      const { items, type } = listOf(value, "list");
      if (items.length === 0) return nullValue(type?.element);
      if (items.length === 1) return items[0];
      throw new FunctionError(
        `"list" must have one element or none, it has ${items.length}`,
        { argument: 0 },
      );
    },
  },
  alltrue: {
    parameters: [{ name: "list", type: { kind: "list", element: BOOLEAN } }],
    call: (value) => booleanValue(booleans(value).every(Boolean)),
  },
  anytrue: {
    parameters: [{ name: "list", type: { kind: "list", element: BOOLEAN } }],
    call: (value) => booleanValue(booleans(value).some(Boolean)),
  },
};

/** Anything with positions; a set has none. */
function indexed(value: Value, name: string): ListValue {
  const items = listOf(value, name);
  if (items.type?.kind !== "set") return items;
  throw new FunctionError(
    `"${name}" must be a list, and the elements of a set have no order`,
    {
      about: value,
      hint: "turn it into a list first: tolist(…)",
      isPublic: true,
    },
  );
}

function concat(lists: readonly ListValue[]): Value {
  const items = lists.flatMap(({ items }) => items);
  const types = lists.map(({ type }) => type);
  if (types.includes(undefined)) return listValue(items);
  const element = unify(types.map((type) => type!.element));
  if (element === undefined) return listValue(items);
  return listValue(
    items.map((item) => convert(item, element)),
    { kind: "list", element },
  );
}

/** Counts on from the start when the index is beyond the end, or negative. */
function element({ items }: ListValue, position: number): Value {
  if (items.length === 0) {
    throw new FunctionError("the list is empty", { argument: 0 });
  }
  const within = position % items.length;
  return items[within < 0 ? within + items.length : within];
}

function slice({ items, type }: ListValue, start: number, end: number): Value {
  const { length } = items;
  const bad = (argument: number, message: string) =>
    new FunctionError(message, { argument });
  if (start < 0 || start > length) {
    throw bad(1, `the start must be between 0 and ${length}, got ${start}`);
  }
  if (end < 0 || end > length) {
    throw bad(2, `the end must be between 0 and ${length}, got ${end}`);
  }
  if (start > end) throw bad(1, `the start ${start} is after the end ${end}`);
  return listValue(items.slice(start, end), type);
}

function flatten(value: ListValue): Value {
  const items: Value[] = [];
  const isSensitive = flattenInto(items, value);
  return markSensitiveIf(listValue(items), isSensitive);
}

/** @returns Whether a list on the way was sensitive as a whole. */
function flattenInto(into: Value[], value: ListValue): boolean {
  let isSensitive = value.isSensitive === true;
  for (const item of value.items) {
    if (item.kind !== "list") into.push(item);
    else if (flattenInto(into, item)) isSensitive = true;
  }
  return isSensitive;
}

function distinct(items: readonly Value[]): Value[] {
  const texts = new Set<string>();
  const kept: Value[] = [];
  for (const item of items) {
    // Lists of texts, the usual case, without comparing each with each.
    if (item.kind === "string") {
      if (texts.has(item.value)) continue;
      texts.add(item.value);
    } else if (kept.some((other) => isEqual(other, item))) continue;
    kept.push(item);
  }
  return kept;
}

function chunk({ items, type }: ListValue, size: number): Value {
  if (size < 0) {
    throw new FunctionError(`"size" must not be negative, got ${size}`, {
      argument: 1,
    });
  }
  const chunks: Value[] = [];
  const step = size === 0 ? Math.max(1, items.length) : size;
  for (let i = 0; i < items.length; i += step) {
    chunks.push(listValue(items.slice(i, i + step), type));
  }
  const element = type ?? typeOf(listValue(items));
  return listValue(chunks, { kind: "list", element });
}

function booleans(value: Value): boolean[] {
  return listOf(value, "list").items
    .map((item) => item.kind === "boolean" && item.value);
}

function asList(type: SequenceType | undefined): SequenceType | undefined {
  return type && { kind: "list", element: type.element };
}
