/**
 * Whether a record fits its schema, before the target sees it.
 *
 * One that doesn't ends most targets, and nothing says which it was. Schemas are
 * of any draft from 4 to 2020-12; what needs exact arithmetic (`multipleOf`) and
 * what targets take more loosely than the word says (`format`) is left to them.
 *
 * @module
 */

import type { Json, JsonObject, Logger } from "@dstream/sdk";
import { asObject } from "../json.ts";

/** @returns Why it doesn't fit, without quoting it; `undefined` if it does. */
export type Validator = (record: Json) => string | undefined;

/** Compiles schemas; the library is loaded when the first one comes. */
export class Validators {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns A validator that lets all pass where the schema can't be read. */
  async compile(stream: string, schema: JsonObject): Promise<Validator> {
    const { Ajv2019 } = await import("ajv/dist/2019.js");
    try {
      const ajv = new Ajv2019({
        strict: false,
        logger: false,
        validateSchema: false,
        validateFormats: false,
        inlineRefs: false,
      });
      const plain = JSON.parse(JSON.stringify(schema));
      const check = ajv.compile(asCurrentDraft(plain) as object);
      return (record) => check(record) ? undefined : reasonOf(check.errors);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`records of ${stream} are not checked: ${why}`);
      return () => undefined;
    }
  }
}

interface Problem {
  readonly instancePath: string;
  readonly message?: string;
}

function reasonOf(problems: readonly Problem[] | null | undefined): string {
  const { instancePath = "", message = "doesn't fit" } = problems?.[0] ?? {};
  const where = instancePath.slice(1).replaceAll("/", ".");
  return where === "" ? `the record ${message}` : `${where} ${message}`;
}

/** Words whose value is a schema, a list of them, or schemas by name. */
const ONE = [
  "additionalProperties",
  "additionalItems",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
];
const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];
const MAPS = ["properties", "patternProperties", "definitions", "$defs"];
/** What would be looked up, or counts in binary fractions. */
const DROPPED = ["$schema", "$id", "multipleOf", "divisibleBy"];

/** @param schema Of any draft. */
function asCurrentDraft(schema: Json): Json {
  const object = asObject(schema);
  if (object === undefined) return schema;
  const result: { [key: string]: Json } = {};
  for (const [word, value] of Object.entries(object)) {
    if (DROPPED.includes(word)) continue;
    if (word === "id" && typeof value === "string") continue;
    if (word === "required" && !Array.isArray(value)) continue; // draft 3
    result[word] = currentWord(word, value);
  }
  for (const side of ["Minimum", "Maximum"]) {
    const word = `exclusive${side}`;
    const bound = side.toLowerCase();
    if (typeof result[word] !== "boolean") continue;
    if (result[word] && typeof result[bound] === "number") {
      result[word] = result[bound];
      delete result[bound];
    } else delete result[word];
  }
  return result;
}

function currentWord(word: string, value: Json): Json {
  if (ONE.includes(word)) return asCurrentDraft(value);
  if (LISTS.includes(word) && Array.isArray(value)) {
    return value.map(asCurrentDraft);
  }
  if (word === "items") {
    return Array.isArray(value)
      ? value.map(asCurrentDraft)
      : asCurrentDraft(value);
  }
  if (!MAPS.includes(word)) return value;
  const entries = Object.entries(asObject(value) ?? {});
  return Object.fromEntries(
    entries.map(([name, each]) => [name, asCurrentDraft(each)]),
  );
}
