/**
 * The schema of a table in Singer's words, and its values.
 *
 * What came from a tap goes back as it came. Of any other input: whole numbers and
 * decimals are numbers with all their digits (taps write them so), where dstream
 * has texts for what a double can't hold; every field but the key may be null,
 * since a change may not know it.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import {
  type FieldType,
  parseExactJson,
  type TableSchema,
} from "@dstream/sdk/changes";
import { asNames, asObject } from "../json.ts";
import { BOOKMARK_KEYWORD, DELETED_AT } from "../words.ts";

/** What a SCHEMA message says besides the stream and the key. */
export interface SingerSchema {
  readonly schema: JsonObject;
  readonly bookmarks: readonly string[];
  /** Fields whose texts are numbers. */
  readonly numbers: readonly string[];
}

/** @param marksDeletes Whether rows of it may be gone. */
export function singerSchemaOf(
  { json_schema, fields, key = [] }: TableSchema,
  marksDeletes: boolean,
): SingerSchema {
  const own = json_schema ?? {
    type: "object",
    properties: Object.fromEntries(
      fields.map(({ name, ...type }) => [
        name,
        propertyOf(type, key.includes(name)),
      ]),
    ),
  };
  const { [BOOKMARK_KEYWORD]: bookmarks, ...schema } = own as JsonObject;
  const isOurs = json_schema === undefined;
  return {
    schema: marksDeletes ? withDeletedAt(schema) : schema,
    bookmarks: asNames(bookmarks),
    numbers: isOurs ? fields.filter(isNumber).map(({ name }) => name) : [],
  };
}

/** Adds the field that says when a row went. */
export function withDeletedAt(schema: JsonObject): JsonObject {
  const properties = asObject(schema.properties) ?? {};
  if (properties[DELETED_AT] !== undefined) return schema;
  const deletedAt = { type: ["null", "string"], format: "date-time" };
  return { ...schema, properties: { ...properties, [DELETED_AT]: deletedAt } };
}

/** Texts of numbers → numbers with the same digits; what isn't finite is null. */
export function withNumbers(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  const row = parseExactJson(text) as { [name: string]: Json };
  let isChanged = false;
  for (const name of names) {
    const value = row[name];
    if (typeof value !== "string") continue;
    // Any other text stays, and doesn't fit.
    if (NUMBER.test(value)) row[name] = rawJson(value);
    else if (/^(NaN|-?Infinity)$/.test(value)) row[name] = null;
    else continue;
    isChanged = true;
  }
  return isChanged ? JSON.stringify(row) : text;
}

/** As JSON has them: no plus, no leading zeros or points. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function rawJson(text: string): Json {
  return (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(text);
}

function isNumber({ type }: FieldType): boolean {
  return /^(u?int\d+|decimal|float\d+)$/.test(type);
}

function propertyOf(type: FieldType, isKey: boolean): JsonObject {
  const { type: names, ...words } = wordsOf(type);
  return {
    type: isKey ? names : ["null", ...[names].flat()] as Json,
    ...words,
  };
}

/** Whatever JSON has: targets make a column of JSON of it. */
const ANYTHING = [
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
];

function wordsOf({ type, element, fields }: FieldType): JsonObject {
  if (/^u?int/.test(type)) return { type: "integer" };
  switch (type) {
    case "boolean":
      return { type: "boolean" };
    case "decimal":
    case "float32":
    case "float64":
      return { type: "number" };
    case "date":
    case "time":
      return { type: "string", format: type };
    case "timestamp":
    case "timestamptz":
      return { type: "string", format: "date-time" };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "list":
      return element === undefined
        ? { type: "array" }
        : { type: "array", items: propertyOf(element, false) };
    case "struct":
      return {
        type: "object",
        properties: Object.fromEntries(
          (fields ?? []).map(({ name, ...type }) => [
            name,
            propertyOf(type, false),
          ]),
        ),
      };
    case "json":
    case "any":
      return { type: ANYTHING };
    default:
      return { type: "string" };
  }
}
