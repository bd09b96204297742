/**
 * Functions over maps and objects. Keys come in the order of their text, as
 * Terraform gives them.
 *
 * @module
 */

import { convert } from "../expressions/convert.ts";
import { sortedEntries } from "../expressions/order.ts";
import { describeValue, isSameType, unify } from "../expressions/types.ts";
import {
  listValue,
  type MapType,
  markSensitiveIf,
  numberValue,
  type ObjectValue,
  objectValue,
  stringValue,
  type Value,
} from "../value.ts";
import {
  ANY,
  listOf,
  objectOf,
  STRING,
  STRINGS,
  textOf,
  textsOf,
} from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";
import { graphemes } from "./graphemes.ts";

export const OBJECT_FUNCTIONS: Record<string, FunctionDefinition> = {
  keys: {
    parameters: [{ name: "map", type: ANY }],
    sensitivity: "parts",
    call: (map) => {
      const { entries, type } = objectOf(map, "map");
      const keys = sortedEntries(entries).map(([key]) => stringValue(key));
      return listValue(keys, type && { kind: "list", element: STRING });
    },
  },
  values: {
    parameters: [{ name: "map", type: ANY }],
    sensitivity: "parts",
    call: (map) => {
      const { entries, type } = objectOf(map, "map");
      const values = sortedEntries(entries).map(([, value]) => value);
      return listValue(values, type && { kind: "list", element: type.element });
    },
  },
  length: {
    parameters: [{ name: "value", type: ANY }],
    sensitivity: "parts",
    call: (value) => numberValue(length(value)),
  },
  lookup: {
    parameters: [
      { name: "map", type: ANY },
      { name: "key", type: STRING },
      { name: "default", type: ANY, isNullable: true },
    ],
    optionalCount: 1,
    sensitivity: "own",
    call: (map, key, fallback) => lookup(objectOf(map, "map"), key, fallback),
  },
  merge: {
    parameters: [],
    rest: { name: "maps", type: ANY, isNullable: true },
    sensitivity: "parts",
    call: (...maps) => merge(maps),
  },
  zipmap: {
    parameters: [{ name: "keys", type: STRINGS }, {
      name: "values",
      type: ANY,
    }],
    sensitivity: "own",
    call: zipmap,
  },
  transpose: {
    parameters: [
      { name: "values", type: { kind: "map", element: STRINGS } },
    ],
    call: (map) => transpose(objectOf(map, "values")),
  },
};

function length(value: Value): number {
  switch (value.kind) {
    case "string":
      return graphemes(value.value).length;
    case "list":
      return value.items.length;
    case "object":
      return value.entries.size;
    default:
      throw new FunctionError(
        `"value" must be a string, a list or an object, got ${
          describeValue(value)
        }`,
        { argument: 0, code: "config.function_argument", isPublic: true },
      );
  }
}

function lookup(map: ObjectValue, key: Value, fallback?: Value): Value {
  const isSensitive = map.isSensitive || key.isSensitive;
  const found = map.entries.get(textOf(key));
  if (found !== undefined) return markSensitiveIf(found, isSensitive);
  if (fallback !== undefined) {
    const value = map.type ? convert(fallback, map.type.element) : fallback;
    return markSensitiveIf(value, isSensitive);
  }
  const name = isSensitive ? "that key" : JSON.stringify(textOf(key));
  throw new FunctionError(`the map has no key ${name}`, {
    argument: 1,
    hint: "give a third argument to have a default",
    isPublic: true,
  });
}

/** Maps of one type stay a map; anything else becomes an object. */
function merge(args: readonly Value[]): Value {
  const maps = args.filter((arg) => arg.kind !== "null")
    .map((arg) => objectOf(arg, "maps"));
  const entries = new Map<string, Value>();
  for (const map of maps) {
    for (const [key, value] of map.entries) entries.set(key, value);
  }
  return objectValue(entries, commonMapType(maps));
}

function commonMapType(maps: readonly ObjectValue[]): MapType | undefined {
  const types = maps.map(({ type }) => type);
  const [first] = types;
  if (first === undefined) return undefined;
  const isCommon = types.every((type) => type && isSameType(type, first));
  const common = isCommon ? unify(types as MapType[]) : undefined;
  return common?.kind === "map" ? common : undefined;
}

function zipmap(keysValue: Value, valuesValue: Value): Value {
  const keys = textsOf(keysValue, "keys");
  const { items, type, isSensitive } = listOf(valuesValue, "values");
  if (type?.kind === "set") {
    throw new FunctionError(`"values" must be a list, not a set`);
  }
  if (keys.length !== items.length) {
    throw new FunctionError(
      `there are ${keys.length} keys for ${items.length} values`,
      { isPublic: true },
    );
  }
  const keyItems = listOf(keysValue, "keys");
  const hasSecretKey = keyItems.isSensitive ||
    keyItems.items.some((key) => key.isSensitive);
  const result = objectValue(
    keys.map((key, i) => [key, items[i]]),
    type && { kind: "map", element: type.element },
  );
  return markSensitiveIf(result, hasSecretKey || isSensitive);
}

function transpose(map: ObjectValue): Value {
  const lists = new Map<string, string[]>();
  for (const [key, texts] of sortedEntries(map.entries)) {
    for (const text of textsOf(texts, "values")) {
      lists.set(text, [...(lists.get(text) ?? []), key]);
    }
  }
  const value = objectValue(
    [...lists].map(([key, texts]) => [key, listValue(texts.map(stringValue))]),
  );
  return convert(value, { kind: "map", element: STRINGS });
}
