/**
 * Reads a provider's JSON Schema: which keys a config block has.
 *
 * Only as much of JSON Schema as providers' specs use; what isn't understood is
 * shown as it is, never guessed at.
 *
 * @module
 */

import type { Json, JsonObject } from "../../core/protocol/envelope.ts";

/** One key of a config block. */
export interface SchemaKey {
  /** `interval`, or `tls.ca_file` inside a block. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly default: Json | undefined;
  readonly description: string;
}

/** Documented keys in order, nested ones after the block that holds them. */
export function schemaKeys(schema: JsonObject, prefix = ""): SchemaKey[] {
  return Object.entries(asObject(schema.properties)).flatMap(([key, value]) => {
    const property = asObject(value);
    if (property["x-alias-of"] !== undefined) return [];
    const inner = innerObject(property);
    return [
      toKey(prefix + key, key, property, schema),
      ...inner === undefined ? [] : schemaKeys(inner, `${prefix}${key}.`),
    ];
  });
}

function toKey(
  path: string,
  key: string,
  property: JsonObject,
  parent: JsonObject,
): SchemaKey {
  return {
    path,
    type: typeText(property),
    isRequired: isRequired(key, parent),
    isSecret: property.writeOnly === true,
    default: property.default,
    description: String(property.description ?? ""),
  };
}

/** Said by `required`, or by a rule "exactly one of these spellings". */
function isRequired(key: string, schema: JsonObject): boolean {
  if (asList(schema.required).includes(key)) return true;
  return asList(schema.allOf).some((rule) => {
    const choices = asList(asObject(rule).oneOf).map(asObject);
    const isOptional = choices.some((choice) => choice.not !== undefined);
    const names = choices.flatMap((choice) => asList(choice.required));
    return !isOptional && names.includes(key);
  });
}

/** In the words of the configuration language. */
function typeText(schema: JsonObject): string {
  if (schema.format === "go-duration") return "duration";
  if (schema.format === "byte-size") return "size";
  const choices = asList(schema.enum).filter((value) => value !== null);
  if (choices.length > 0) return [...new Set(choices.map(String))].join("|");
  const [first] = asList(schema.anyOf).map(asObject);
  if (first !== undefined) return typeText(first);
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  if (types.includes("array")) {
    return `list of ${typeText(asObject(schema.items))}`;
  }
  if (types.includes("object")) return "block";
  // Numbers are taken as text too, because env() has only text.
  const isNumber = types.includes("integer") || types.includes("number");
  const told = isNumber ? types.filter((type) => type !== "string") : types;
  return told.map(String).join("|") || "any";
}

function innerObject(property: JsonObject): JsonObject | undefined {
  const candidates = [
    property,
    asObject(property.items),
    ...asList(property.anyOf).map(asObject),
  ];
  return candidates.find((candidate) => candidate.properties !== undefined);
}

function asObject(value: Json | undefined): JsonObject {
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  return isObject ? value as JsonObject : {};
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
