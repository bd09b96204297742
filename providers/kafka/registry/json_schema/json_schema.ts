/**
 * A table's schema → a JSON Schema, and rows → JSON that it allows.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import {
  type FieldType,
  jsonSchemaOf,
  type TableSchema,
  valueOf,
} from "@dstream/sdk/changes";
import { recordName } from "../names.ts";
import { RowProblem } from "../problems.ts";
import { ofColumn, plain } from "../rows.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** The row of a table; every column may be missing but those of the key. */
export function jsonSchemaText(schema: TableSchema): string {
  const { table, key = [], fields, json_schema } = schema;
  if (json_schema !== undefined) {
    return JSON.stringify({ $schema: DRAFT, ...json_schema });
  }
  const { namespace, name } = recordName(table);
  const columns = fields.map((field) => ({
    ...field,
    nullable: !key.includes(field.name),
  }));
  return JSON.stringify({
    $schema: DRAFT,
    title: `${namespace}.${name}`,
    ...jsonSchemaOf({ table, fields: columns }),
    ...(key.length === 0 ? {} : { required: key }),
    // So that a new column is compatible: an open object may have had it before.
    additionalProperties: false,
  });
}

/**
 * A function that writes rows: integers are numbers with all their digits,
 * whatever they were in the envelope.
 *
 * @throws {RowProblem} From it, for a value that isn't of its column's type.
 */
export function jsonRowWriter(
  { key = [], fields, json_schema }: TableSchema,
): (row: JsonObject) => Buffer {
  // What it was made of says how values look, and they came so.
  if (json_schema !== undefined) {
    return (row) => Buffer.from(JSON.stringify(row));
  }
  const columns = new Map(
    fields.map((field) => [field.name, writerOf(field)]),
  );
  return (row) => {
    for (const name of key) {
      if (row[name] !== null && row[name] !== undefined) continue;
      ofColumn(name, () => {
        throw new RowProblem("a key's column has no value");
      });
    }
    const members = Object.entries(row).map(([name, value]) => {
      const write = columns.get(name) ?? asItCame;
      return `${JSON.stringify(name)}:${ofColumn(name, () => write(value))}`;
    });
    return Buffer.from(`{${members.join(",")}}`);
  };
}

type Write = (value: Json) => string;

const asItCame: Write = (value) => JSON.stringify(value);

function writerOf(field: FieldType): Write {
  const { type, element } = field;
  switch (type) {
    case "json":
    case "any":
    case "struct":
      return asItCame;
    case "list": {
      const write = element === undefined ? asItCame : writerOf(element);
      return orNull((value) => {
        if (!Array.isArray(value)) throw new RowProblem("it is no list");
        return `[${value.map(write).join(",")}]`;
      });
    }
    case "int64":
    case "uint64":
      return orNull((value) => String(valueOf(plain(value), field)));
    case "float32":
    case "float64":
      return orNull((value) => {
        const number = valueOf(plain(value), field);
        if (Number.isFinite(number)) return JSON.stringify(plainFloat(value));
        throw new RowProblem("JSON has no such number");
      });
    case "decimal":
      return orNull((value) =>
        JSON.stringify(String(valueOf(plain(value), field)))
      );
    default:
      return orNull((value) => {
        valueOf(value, field);
        return JSON.stringify(value);
      });
  }
}

function orNull(write: Write): Write {
  return (value) => value === null ? "null" : write(value);
}

/** A float that was a text is a number here. */
function plainFloat(value: Json): Json {
  return typeof value === "string" ? Number(value) : value;
}
