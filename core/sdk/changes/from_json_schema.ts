/**
 * A JSON Schema, as Singer taps and APIs have it → the fields of a table.
 *
 * The original stays in `json_schema`, so nothing is lost on the way through. What
 * has no type of ours (several types at once, `not`, patterns) is `any`.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";
import {
  FIELD_TYPES,
  type FieldType,
  MAX_SCHEMA_DEPTH,
  type SchemaField,
  type TableSchema,
} from "../../protocol/schema.ts";
import { asObject, present } from "./change.ts";
import { smallestInteger } from "./integer_types.ts";

/** Beyond, what is nested isn't looked into. */
const MOST_FIELDS = 10_000;

/** Says a type that JSON Schema's own words don't. */
export const TYPE_KEYWORD = "x-dstream-type";

/**
 * The schema of a table's rows.
 *
 * @example
 * ```ts
 * import { schemaOfJsonSchema } from "@dstream/sdk/changes";
 *
 * const { fields } = schemaOfJsonSchema("orders", {
 *   type: "object",
 *   properties: { at: { type: ["null", "string"], format: "date-time" } },
 * }, ["id"]);
 * if (fields[0].type !== "timestamptz" || !fields[0].nullable) throw new Error();
 * ```
 */
export function schemaOfJsonSchema(
  table: string,
  jsonSchema: JsonObject,
  key?: readonly string[],
): TableSchema {
  const read = new Reader(jsonSchema);
  return present({
    table,
    key,
    fields: read.fields(read.resolve(jsonSchema), 0),
    json_schema: jsonSchema,
  });
}

/** What one sub-schema says of its values, for to_json_schema.ts. */
export function typeOfJsonSchema(schema: JsonObject): FieldType {
  return new Reader(schema).type(schema, 0);
}

class Reader {
  readonly #root: JsonObject;
  #left = MOST_FIELDS;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  fields(schema: JsonObject, depth: number): SchemaField[] {
    const properties = asObject(schema.properties) ?? {};
    return Object.entries(properties).map(([name, value]) => {
      this.#left--;
      const property = this.resolve(asObject(value) ?? {});
      const { description, default: fallback } = property;
      return present({
        name,
        ...this.type(property, depth),
        description: typeof description === "string" ? description : undefined,
        default: fallback,
      });
    });
  }

  type(schema: JsonObject, depth: number): FieldType {
    const said = asObject(schema[TYPE_KEYWORD]);
    const type = this.#readType(this.resolve(schema), depth);
    const isSaid = FIELD_TYPES.some((each) => each === said?.type);
    if (!isSaid) return type;
    const { element } = type;
    const fields = said?.type === "struct"
      ? this.fields(schema, depth + 1)
      : undefined;
    return present({ ...said as unknown as FieldType, element, fields });
  }

  /** Follows `$ref` and takes `anyOf` of one type and null for that type. */
  resolve(schema: JsonObject): JsonObject {
    let at = schema;
    for (let steps = 0; steps < MAX_SCHEMA_DEPTH; steps++) {
      const next = this.#followed(at);
      if (next === undefined) return at;
      at = next;
    }
    return {};
  }

  #followed(schema: JsonObject): JsonObject | undefined {
    const { $ref, allOf, ...rest } = schema;
    if (typeof $ref === "string") return { ...this.#target($ref), ...rest };
    if (Array.isArray(allOf) && allOf.length === 1) {
      return { ...asObject(allOf[0]), ...rest };
    }
    return withoutChoice(schema);
  }

  #target(ref: string): JsonObject {
    if (!ref.startsWith("#")) return {};
    let at: Json | undefined = this.#root;
    for (const step of ref.slice(1).split("/").filter(Boolean)) {
      const name = decodePointer(step);
      at = Array.isArray(at) ? at[Number(name)] : asObject(at)?.[name];
    }
    return asObject(at) ?? {};
  }

  #readType(schema: JsonObject, depth: number): FieldType {
    const { names, nullable } = typesOf(schema);
    const type = this.#named(names, schema, depth);
    return nullable ? { ...type, nullable } : type;
  }

  #named(
    names: readonly string[],
    schema: JsonObject,
    depth: number,
  ): FieldType {
    if (names.length !== 1) return decimalText(names, schema);
    switch (names[0]) {
      case "boolean":
        return { type: "boolean" };
      case "integer":
        return { type: smallestInteger(schema.minimum, schema.maximum) };
      case "number":
        return numberType(schema);
      case "string":
        return stringType(schema);
      case "array":
        return this.#list(schema, depth);
      case "object":
        return this.#struct(schema, depth);
      default:
        return { type: "any" };
    }
  }

  #list(schema: JsonObject, depth: number): FieldType {
    const items = asObject(schema.items);
    if (items === undefined || this.#isTooMuch(depth)) return { type: "list" };
    return { type: "list", element: this.type(items, depth + 1) };
  }

  /** Without properties there is no telling what is in it. */
  #struct(schema: JsonObject, depth: number): FieldType {
    const names = Object.keys(asObject(schema.properties) ?? {});
    if (names.length === 0 || this.#isTooMuch(depth)) return { type: "json" };
    return { type: "struct", fields: this.fields(schema, depth + 1) };
  }

  /** A schema that refers to itself would have no end. */
  #isTooMuch(depth: number): boolean {
    return depth >= MAX_SCHEMA_DEPTH || this.#left <= 0;
  }
}

/** `anyOf: [X, null]` → X or null; any other choice stays. */
function withoutChoice(schema: JsonObject): JsonObject | undefined {
  const { anyOf, oneOf, ...rest } = schema;
  const choice = anyOf ?? oneOf;
  if (!Array.isArray(choice)) return undefined;
  const isNull = (each: Json) => asObject(each)?.type === "null";
  const others = choice.filter((each) => !isNull(each));
  if (others.length !== 1) return undefined;
  const only = { ...rest, ...asObject(others[0]) };
  if (others.length === choice.length) return only;
  const { type } = only;
  if (type === undefined) return { ...only, nullable: true };
  return { ...only, type: [type, "null"].flat() as Json };
}

function typesOf(schema: JsonObject): { names: string[]; nullable: boolean } {
  const types = [schema.type ?? impliedTypes(schema)].flat();
  const names = types.filter((type): type is string =>
    typeof type === "string" && type !== "null"
  );
  const nullable = types.includes("null") || schema.nullable === true;
  return { names, nullable };
}

/** Of words that may stand without a type. */
function impliedTypes(schema: JsonObject): string[] {
  if (asObject(schema.properties) !== undefined) return ["object"];
  return asObject(schema.items) === undefined
    ? typesOfValues(schema)
    : ["array"];
}

function typesOfValues({ enum: list, const: only }: JsonObject): string[] {
  const values = Array.isArray(list) ? list : only === undefined ? [] : [only];
  const types = values.map((value) => {
    if (value === null) return "null";
    if (Array.isArray(value)) return "array";
    return Number.isSafeInteger(value) ? "integer" : typeof value;
  });
  return [...new Set(types)];
}

function numberType(schema: JsonObject): FieldType {
  if (schema.format === "float") return { type: "float32" };
  const scale = scaleOf(schema.multipleOf);
  if (scale === undefined) return { type: "float64" };
  return { type: "decimal", ...digitsOf(schema), scale };
}

/** 0.01 → 2 */
function scaleOf(multipleOf: Json | undefined): number | undefined {
  if (typeof multipleOf !== "number" || multipleOf <= 0) return undefined;
  const scale = -Math.log10(multipleOf);
  return Math.abs(scale - Math.round(scale)) < 1e-9
    ? Math.max(0, Math.round(scale))
    : undefined;
}

const FORMATS: Readonly<Record<string, FieldType["type"]>> = {
  "date": "date",
  "time": "time",
  "date-time": "timestamptz",
  "uuid": "uuid",
  "duration": "interval",
};

function stringType(schema: JsonObject): FieldType {
  const { format, contentEncoding } = schema;
  if (contentEncoding === "base64") return { type: "bytes" };
  if (format === "singer.decimal") {
    return { type: "decimal", ...digitsOf(schema) };
  }
  return { type: FORMATS[String(format)] ?? "string" };
}

function digitsOf({ precision, scale }: JsonObject) {
  const isDigits = (value: Json | undefined): value is number =>
    Number.isSafeInteger(value);
  return {
    ...(isDigits(precision) ? { precision } : {}),
    ...(isDigits(scale) ? { scale } : {}),
  };
}

/** Taps that keep digits as text say `["number","string"]` of it. */
function decimalText(names: readonly string[], schema: JsonObject): FieldType {
  const isNumber = names.length === 2 && names.includes("string") &&
    (names.includes("number") || names.includes("integer"));
  return isNumber && schema.format === "singer.decimal"
    ? { type: "decimal", ...digitsOf(schema) }
    : { type: "any" };
}

function decodePointer(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}
