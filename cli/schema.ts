/**
 * Reads a provider's JSON Schema: its keys, and which of them are secrets.
 *
 * Only as much of JSON Schema as providers' specs use; what isn't understood is
 * shown as it is, never guessed at.
 *
 * @module
 */

import type { Json, JsonObject } from "../core/protocol/envelope.ts";

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

/**
 * Replaces what the schema marks `writeOnly`, whatever it is.
 * @param hidden What stands for it.
 */
export function hideSecrets(
  value: Json,
  schema: JsonObject,
  hidden: Json,
  root: JsonObject = schema,
): Json {
  const actual = dereference(schema, root);
  if (actual.writeOnly === true && value !== null) return hidden;
  if (Array.isArray(value)) {
    const items = itemSchema(actual);
    return value.map((item) => hideSecrets(item, items, hidden, root));
  }
  if (!isPlainObject(value)) return value;
  const properties = objectProperties(actual);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      hideSecrets(each, properties(key), hidden, root),
    ]),
  );
}

/** The texts of all values that the schema marks `writeOnly`. */
export function secretValues(value: Json, schema: JsonObject): string[] {
  const found: string[] = [];
  const marked = hideSecrets(value, schema, HERE);
  const collect = (original: Json, mark: Json): void => {
    if (mark === HERE) found.push(...textsIn(original));
    else if (typeof original === "object" && original !== null) {
      for (const key of Object.keys(original)) {
        collect(
          (original as JsonObject)[key],
          (mark as JsonObject)[key],
        );
      }
    }
  };
  collect(value, marked);
  return found;
}

/** Marks the places of secrets; no configuration holds this very text. */
const HERE = "\u0000secret";

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** A number kept as written is an object too, of a class of its own. */
function isPlainObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
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

function typeText(schema: JsonObject): string {
  const choices = asList(schema.enum).filter((value) => value !== null);
  if (choices.length > 0) return choices.map(String).join("|");
  const [first] = asList(schema.anyOf).map(asObject);
  if (first !== undefined) return typeText(first);
  const types = [schema.type].flat().filter((type) => type !== "null");
  const type = types.map(String).join("|");
  if (type === "array") return `list of ${typeText(asObject(schema.items))}`;
  return type === "undefined" ? "any" : type === "object" ? "block" : type;
}

function innerObject(property: JsonObject): JsonObject | undefined {
  const candidates = [
    property,
    asObject(property.items),
    ...asList(property.anyOf).map(asObject),
  ];
  return candidates.find((candidate) => candidate.properties !== undefined);
}

function dereference(schema: JsonObject, root: JsonObject): JsonObject {
  if (typeof schema.$ref !== "string") return schema;
  const parts = schema.$ref.replace(/^#\/?/, "").split("/");
  return parts.reduce((at, part) => asObject(at[part]), root);
}

function itemSchema(schema: JsonObject): JsonObject {
  const options = [schema, ...asList(schema.anyOf).map(asObject)];
  return asObject(options.find((o) => o.items !== undefined)?.items);
}

function objectProperties(schema: JsonObject): (key: string) => JsonObject {
  const options = [schema, ...asList(schema.anyOf).map(asObject)];
  const holder = options.find((o) =>
    o.properties !== undefined || typeof o.additionalProperties === "object"
  );
  return (key) =>
    asObject(
      asObject(holder?.properties)[key] ?? holder?.additionalProperties,
    );
}

function asObject(value: Json | undefined): JsonObject {
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  return isObject ? value as JsonObject : {};
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
