/**
 * The JSON Schema of Arrow columns that don't bring one.
 *
 * @module
 */

import { DataType, type Field, type Schema } from "apache-arrow";
import type { JsonObject } from "@dstream/sdk";

/** The schema of a SCHEMA message. */
export function schemaOf({ fields }: Schema): JsonObject {
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map(({ name, type }) => [name, typeOf(type)]),
    ),
  };
}

function typeOf(type: DataType): JsonObject {
  if (DataType.isDictionary(type)) return typeOf(type.dictionary);
  if (DataType.isInt(type)) return nullable("integer");
  if (DataType.isFloat(type)) return nullable("number");
  if (DataType.isDecimal(type)) {
    const { scale } = type;
    const multipleOf = Number(`1e-${Math.max(0, scale)}`);
    return { ...nullable("number"), multipleOf };
  }
  if (DataType.isBool(type)) return nullable("boolean");
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    return nullable("string");
  }
  if (DataType.isTimestamp(type)) return nullable("string", "date-time");
  if (DataType.isDate(type)) return nullable("string", "date");
  if (DataType.isTime(type)) return nullable("string", "time");
  if (DataType.isBinary(type) || DataType.isFixedSizeBinary(type)) {
    return { ...nullable("string"), contentEncoding: "base64" };
  }
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    return { ...nullable("array"), items: typeOf(type.children[0].type) };
  }
  if (DataType.isStruct(type)) {
    return { ...nullable("object"), ...inside(type) };
  }
  return {};
}

function inside({ children }: { children: Field[] }): JsonObject {
  const entries = children.map(({ name, type }) => [name, typeOf(type)]);
  return { properties: Object.fromEntries(entries) };
}

function nullable(type: string, format?: string): JsonObject {
  return { type: [type, "null"], ...(format === undefined ? {} : { format }) };
}
