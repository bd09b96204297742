/**
 * A config against what the plugin says of its keys.
 *
 * @module
 */

import { nearest } from "../../base/nearest.ts";
import type { FieldSchema, JsonObject } from "./messages.ts";
import type { PluginProblem } from "./plugin_error.ts";

/** Everything that is wrong with it; nothing where the plugin says nothing. */
export function checkFields(
  config: JsonObject,
  fields: readonly FieldSchema[],
  path = "config",
): PluginProblem[] {
  if (fields.length === 0) return [];
  const known = new Map(fields.map((field) => [field.name, field]));
  const problems: PluginProblem[] = [];
  for (const [key, value] of Object.entries(config)) {
    const field = known.get(key);
    const at = `${path}.${key}`;
    if (field === undefined) problems.push(unknown(at, key, [...known.keys()]));
    else if (value !== null) problems.push(...checkValue(value, field, at));
  }
  for (const { name, isRequired, description } of fields) {
    const isThere = config[name] !== undefined && config[name] !== null;
    if (!isRequired || isThere) continue;
    problems.push({
      path,
      message: `the plugin needs "${name}"`,
      hint: description === "" ? undefined : description,
    });
  }
  return problems;
}

function unknown(
  path: string,
  key: string,
  known: readonly string[],
): PluginProblem {
  const like = nearest(key, known);
  return {
    path,
    message: `the plugin has no key "${key}"`,
    hint: like === undefined
      ? `it has ${known.join(", ")}`
      : `did you mean "${like}"?`,
  };
}

function checkValue(
  value: JsonObject[string],
  { name, type, fields }: FieldSchema,
  path: string,
): PluginProblem[] {
  const isFit = FITS[type]?.(value) ?? true;
  if (!isFit) {
    const message = `"${name}" must be ${NAMES[type]}, got ${nameOf(value)}`;
    return [{ path, message }];
  }
  if (type !== "object" || fields.length === 0) return [];
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((each, index) =>
    checkFields(
      each as JsonObject,
      fields,
      Array.isArray(value) ? `${path}[${index}]` : path,
    )
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  int: Number.isInteger,
  bool: (value) => typeof value === "boolean",
  list: Array.isArray,
  map: isObject,
  // Repeated blocks are a list.
  object: (value) =>
    isObject(value) || (Array.isArray(value) && value.every(isObject)),
};

const NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  int: "a whole number",
  bool: "true or false",
  list: "a list",
  map: "a map",
  object: "a block",
};

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "a map" : `a ${typeof value}`;
}
