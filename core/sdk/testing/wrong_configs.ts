/**
 * From a provider's schema: configs that must be refused, one wrong key each.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";

/** One config and the path that its refusal must name. */
export interface WrongConfig {
  readonly name: string;
  readonly config: JsonObject;
  readonly path: string;
}

/** @param good A config that works. */
export function wrongConfigs(
  schema: JsonObject,
  good: JsonObject,
): WrongConfig[] {
  const properties = documented(schema);
  const misspelt = "no_such_key";
  return [
    ...Object.entries(properties).flatMap(([key, property]) =>
      wrongValues(property).map((value) => ({
        name: `${key} = ${JSON.stringify(value)}`,
        config: { ...without(good, key, schema), [key]: value },
        path: `config.${key}`,
      }))
    ),
    {
      name: "an unknown key",
      config: { ...good, [misspelt]: 1 },
      path: `config.${misspelt}`,
    },
    ...twice(schema, good),
  ];
}

/** The keys of a schema without their other spellings. */
export function documented(schema: JsonObject): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(schema.properties as Record<string, JsonObject>)
      .filter(([, property]) => property["x-alias-of"] === undefined),
  );
}

function wrongValues(property: JsonObject): Json[] {
  const types = [property.type ?? "any"].flat();
  const holdsMany = types.includes("array") || types.includes("object") ||
    property.anyOf !== undefined;
  const wrong: Json[] = [holdsMany ? 7 : { wrong: true }];
  if (typeof property.minimum === "number") wrong.push(property.minimum - 1);
  if (typeof property.maximum === "number") wrong.push(property.maximum + 1);
  if (Array.isArray(property.enum)) wrong.push("no such word");
  return wrong;
}

/** The config without a key, however it is spelt there. */
function without(
  config: JsonObject,
  key: string,
  schema: JsonObject,
): JsonObject {
  const others = spellings(schema, key);
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !others.includes(name)),
  );
}

function spellings(schema: JsonObject, key: string): string[] {
  const properties = schema.properties as Record<string, JsonObject>;
  const aliases = Object.keys(properties)
    .filter((name) => properties[name]["x-alias-of"] === key);
  return [key, ...aliases];
}

/** The same key in two spellings. */
function twice(schema: JsonObject, good: JsonObject): WrongConfig[] {
  for (const [key, property] of Object.entries(documented(schema))) {
    const alias = spellings(schema, key)[1];
    const value = (property.default ??
      (property.examples as Json[] | undefined)?.[0]) as Json | undefined;
    if (alias === undefined || value === undefined) continue;
    const config = {
      ...without(good, key, schema),
      [key]: value,
      [alias]: value,
    };
    return [{ name: `${key} and ${alias}`, config, path: `config.${alias}` }];
  }
  return [];
}
