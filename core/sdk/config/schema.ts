/**
 * Fields → JSON Schema 2020-12, for `PROVIDER spec`.
 *
 * Every spelling of a key is a property, so any validator takes what the parser
 * takes; the extra ones only refer to the documented one (`x-alias-of`).
 *
 * @module
 */

import type { JsonObject } from "../../protocol/envelope.ts";
import {
  type Field,
  type Fields,
  isRequired,
  keyOf,
  spellingsOf,
} from "./field.ts";

/** The schema of a whole config block. */
export function configSchema(fields: Fields): JsonObject {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...objectSchema(fields, "#"),
  };
}

/** The schema of one block that will stand at `pointer`. */
export function objectSchema(fields: Fields, pointer: string): JsonObject {
  const entries = Object.entries(fields);
  const documented = entries.map(([property, field]) => {
    const key = keyOf(property, field);
    return [key, describe(field, `${pointer}/properties/${key}`)] as const;
  });
  const aliases = entries.flatMap(([property, field]) => {
    const [key, ...others] = spellingsOf(property, field);
    const $ref = `${pointer}/properties/${key}`;
    return others.map((other) => [other, { $ref, "x-alias-of": key }] as const);
  });
  const rules = entries.flatMap(([p, field]) => onlyOneSpelling(p, field));
  return {
    type: "object",
    properties: Object.fromEntries([...documented, ...aliases]),
    additionalProperties: false,
    ...(rules.length === 0 ? {} : { allOf: rules }),
  };
}

function describe(field: Field<unknown>, pointer: string): JsonObject {
  const { doc, default: value, example = value } = field.options;
  return {
    description: doc,
    ...nullable(field.schema(pointer), isRequired(field)),
    ...(value === undefined ? {} : { default: value }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

/** null is "not given" in HCL, so it is fine wherever leaving out is. */
function nullable(schema: JsonObject, required: boolean): JsonObject {
  if (required) return schema;
  if (Array.isArray(schema.enum)) {
    const { type: _, ...rest } = schema;
    return { ...rest, enum: [...schema.enum, null] };
  }
  if (schema.anyOf !== undefined) {
    return {
      ...schema,
      anyOf: [...schema.anyOf as JsonObject[], { type: "null" }],
    };
  }
  return { ...schema, type: [schema.type, "null"].flat() as string[] };
}

function onlyOneSpelling(
  property: string,
  field: Field<unknown>,
): readonly JsonObject[] {
  const present = spellingsOf(property, field).map((key) => ({
    required: [key],
  }));
  if (isRequired(field)) return [{ oneOf: present }];
  return present.length > 1
    ? [{ oneOf: [...present, { not: { anyOf: present } }] }]
    : [];
}
