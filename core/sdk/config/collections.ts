/**
 * Fields that hold several values: lists, maps, nested blocks.
 *
 * @module
 */

import { isJsonObject } from "../../base/json.ts";
import type { Json, JsonObject } from "../../protocol/envelope.ts";
import type {
  Config,
  Field,
  FieldOptions,
  Fields,
  Place,
  Value,
} from "./field.ts";
import { readFields } from "./parse.ts";
import { kindOf, quote } from "./scalars.ts";
import { objectSchema } from "./schema.ts";

/** Bounds of a list or map. */
export interface CollectionOptions extends FieldOptions {
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Several values of one kind: `list(string({ doc: "…" }), { doc: "…" })`. */
export function list<T, const O extends CollectionOptions>(
  item: Field<T>,
  options: O,
): Field<Value<readonly T[], O>> {
  return {
    options,
    isSecret: item.isSecret,
    type: `list of ${item.type}`,
    inner: item.inner,
    read(value, place) {
      // One nested block is an object, two are a list of them.
      const isOneBlock = item.inner !== undefined && isJsonObject(value);
      const items = isOneBlock ? [value] : value;
      if (!Array.isArray(items)) {
        return place.fail(`must be a list, got ${shown(value, item)}`);
      }
      if (!checkCount(items.length, options, place)) return undefined;
      return items.map((each, index) =>
        item.read(each, isOneBlock ? place : place.inside(index))
      ) as Value<readonly T[], O>;
    },
    schema: (pointer) => {
      const at = item.inner === undefined ? pointer : `${pointer}/anyOf/0`;
      const items = item.schema(`${at}/items`);
      const whole: JsonObject = {
        type: "array",
        items,
        ...bounds("Items", options),
      };
      return item.inner === undefined
        ? whole
        : { anyOf: [whole, item.schema(`${pointer}/anyOf/1`)] };
    },
  };
}

/** Values of one kind under names the user chooses. */
export function map<T, const O extends CollectionOptions>(
  item: Field<T>,
  options: O,
): Field<Value<Readonly<Record<string, T>>, O>> {
  return {
    options,
    isSecret: item.isSecret,
    type: `map of ${item.type}`,
    inner: item.inner,
    read(value, place) {
      if (!isJsonObject(value)) {
        return place.fail(`must be a map, got ${shown(value, item)}`);
      }
      const entries = Object.entries(value);
      if (!checkCount(entries.length, options, place)) return undefined;
      return Object.fromEntries(
        entries.map(([key, each]) => [key, item.read(each, place.inside(key))]),
      ) as Value<Readonly<Record<string, T>>, O>;
    },
    schema: (pointer) => ({
      type: "object",
      additionalProperties: item.schema(`${pointer}/additionalProperties`),
      ...bounds("Properties", options),
    }),
  };
}

/** A nested block with fields of its own. */
export function object<const F extends Fields, const O extends FieldOptions>(
  fields: F,
  options: O,
): Field<Value<Config<F>, O>> {
  return {
    options,
    isSecret: false,
    type: "object",
    inner: fields,
    read(value, place) {
      if (!isJsonObject(value)) {
        return place.fail(`must be a block, got ${kindOf(value)}`);
      }
      return readFields(fields, value, place) as Value<Config<F>, O>;
    },
    schema: (pointer) => objectSchema(fields, pointer),
  };
}

function shown(value: Json, item: Field<unknown>): string {
  const mayHoldSecret = item.isSecret || item.inner !== undefined;
  return mayHoldSecret ? kindOf(value) : quote(value);
}

function checkCount(
  count: number,
  { minItems = 0, maxItems = Infinity }: CollectionOptions,
  place: Place,
): boolean {
  if (count < minItems) {
    place.fail(`must have at least ${minItems} of them, got ${count}`);
  } else if (count > maxItems) {
    place.fail(`must have at most ${maxItems} of them, got ${count}`);
  }
  return count >= minItems && count <= maxItems;
}

function bounds(noun: "Items" | "Properties", options: CollectionOptions) {
  const { minItems, maxItems } = options;
  return {
    ...(minItems === undefined ? {} : { [`min${noun}`]: minItems }),
    ...(maxItems === undefined ? {} : { [`max${noun}`]: maxItems }),
  };
}
