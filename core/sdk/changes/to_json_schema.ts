/**
 * The fields of a table → a JSON Schema, as Singer targets and validators have it.
 *
 * A type that JSON Schema's words don't say whole has them as far as they go, and
 * all of itself in `x-dstream-type`.
 *
 * @module
 */

import type { JsonObject } from "../../protocol/envelope.ts";
import type {
  FieldType,
  SchemaField,
  TableSchema,
} from "../../protocol/schema.ts";
import { present } from "./change.ts";
import { TYPE_KEYWORD, typeOfJsonSchema } from "./from_json_schema.ts";
import { boundsOf } from "./integer_types.ts";

/**
 * The JSON Schema of a table's rows: what it was made of, where that is known.
 *
 * @example
 * ```ts
 * import { jsonSchemaOf } from "@dstream/sdk/changes";
 *
 * const schema = jsonSchemaOf({
 *   table: "orders",
 *   fields: [{ name: "id", type: "int64" }],
 * });
 * if (JSON.stringify(schema.properties) !== '{"id":{"type":"integer"}}') {
 *   throw new Error();
 * }
 * ```
 */
export function jsonSchemaOf(schema: TableSchema): JsonObject {
  return schema.json_schema ??
    { type: "object", properties: propertiesOf(schema.fields) };
}

function propertiesOf(fields: readonly SchemaField[]): JsonObject {
  return Object.fromEntries(fields.map(({ name, ...field }) => {
    const { description, default: fallback, ...type } = field;
    const said = { ...schemaOf(type), description, default: fallback };
    return [name, present(said)];
  })) as JsonObject;
}

function schemaOf(type: FieldType): JsonObject {
  const { element, fields, ...scalar } = type;
  const said = present({
    ...keywordsOf(scalar),
    items: element === undefined ? undefined : schemaOf(element),
    properties: fields === undefined ? undefined : propertiesOf(fields),
  }) as JsonObject;
  const { element: _, fields: __, ...read } = typeOfJsonSchema(said);
  return isSame(read, scalar)
    ? said
    : { ...said, [TYPE_KEYWORD]: { ...scalar } };
}

function keywordsOf(type: FieldType): JsonObject {
  const { type: name, ...more } = WORDS[type.type] ?? {};
  const { precision, scale } = type.type === "decimal" ? type : {};
  const types = type.nullable && name !== undefined ? ["null", name] : name;
  return present({
    type: types,
    ...more,
    ...boundsOf(type.type),
    precision,
    scale,
  }) as JsonObject;
}

interface Words {
  readonly type?: string;
  readonly format?: string;
  readonly contentEncoding?: string;
}

const INTEGER: Words = { type: "integer" };

const WORDS: Readonly<Partial<Record<FieldType["type"], Words>>> = {
  boolean: { type: "boolean" },
  int8: INTEGER,
  int16: INTEGER,
  int32: INTEGER,
  int64: INTEGER,
  uint8: INTEGER,
  uint16: INTEGER,
  uint32: INTEGER,
  uint64: INTEGER,
  float32: { type: "number", format: "float" },
  float64: { type: "number" },
  decimal: { type: "string", format: "singer.decimal" },
  string: { type: "string" },
  bytes: { type: "string", contentEncoding: "base64" },
  date: { type: "string", format: "date" },
  time: { type: "string", format: "time" },
  timestamp: { type: "string", format: "date-time" },
  timestamptz: { type: "string", format: "date-time" },
  interval: { type: "string" },
  uuid: { type: "string", format: "uuid" },
  list: { type: "array" },
  struct: { type: "object" },
};

/** Scalars alone, in any order of their keys. */
function isSame(one: object, other: object): boolean {
  const text = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  return text(one) === text(other);
}
