/**
 * Reading a JSON Schema: as much of it as descriptions of a config block use.
 *
 * snake_case and camelCase of one key are the same key.
 *
 * @module
 */

import { canonical } from "./load/config_places.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown };

/** The kinds of value JSON Schema knows. */
export type JsonType =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "object"
  | "array"
  | "null";

/** A schema and the whole it is part of, for `$ref`. */
export class SchemaView {
  readonly schema: JsonSchema;

  constructor(schema: unknown, readonly root: JsonSchema = asSchema(schema)) {
    this.schema = dereference(asSchema(schema), this.root);
  }

  at(schema: unknown): SchemaView {
    return new SchemaView(schema, this.root);
  }

  get types(): readonly JsonType[] {
    return [this.schema.type ?? []].flat() as JsonType[];
  }

  get isSecret(): boolean {
    return this.schema.writeOnly === true;
  }

  get alternatives(): readonly SchemaView[] {
    const { anyOf, oneOf } = this.schema;
    return asList(anyOf ?? oneOf).map((one) => this.at(one));
  }

  /** Documented keys, without other spellings of them. */
  get keys(): readonly string[] {
    return Object.entries(asSchema(this.schema.properties))
      .filter(([, value]) => asSchema(value)["x-alias-of"] === undefined)
      .map(([key]) => key);
  }

  /** What stands for a key, in whatever spelling. */
  property(name: string): SchemaView | undefined {
    const properties = asSchema(this.schema.properties);
    const wanted = canonical(name);
    const key = Object.hasOwn(properties, name)
      ? name
      : Object.keys(properties).find((one) => canonical(one) === wanted);
    if (key !== undefined) return this.at(properties[key]);
    const { additionalProperties } = this.schema;
    const isSchema = typeof additionalProperties === "object";
    return isSchema ? this.at(additionalProperties) : undefined;
  }

  get isClosed(): boolean {
    return this.schema.additionalProperties === false;
  }

  get items(): SchemaView | undefined {
    const { items } = this.schema;
    return typeof items === "object" ? this.at(items) : undefined;
  }

  /** Keys that must be there, each with its spellings. */
  get required(): readonly (readonly string[])[] {
    const plain = asList(this.schema.required).map((key) => [String(key)]);
    const spelt = asList(this.schema.allOf).flatMap((rule) => {
      const choices = asList(asSchema(rule).oneOf).map(asSchema);
      const isOptional = choices.some((choice) => choice.not !== undefined);
      const names = choices.flatMap((choice) => asList(choice.required));
      return isOptional || names.length === 0 ? [] : [names.map(String)];
    });
    return [...plain, ...spelt];
  }

  number(name: string): number | undefined {
    const value = this.schema[name];
    return typeof value === "number" ? value : undefined;
  }

  get choices(): readonly unknown[] | undefined {
    const { enum: choices, const: only } = this.schema;
    if (only !== undefined) return [only];
    return Array.isArray(choices) ? choices : undefined;
  }
}

function dereference(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  // A chain of references that is longer goes in a circle.
  for (let hops = 0; hops < 10; hops++) {
    const { $ref, ...own } = current;
    if (typeof $ref !== "string" || !$ref.startsWith("#")) return current;
    const parts = $ref.slice(1).split("/").slice(1).map(unescape);
    const target = parts.reduce<JsonSchema>(
      (at, part) => asSchema(Array.isArray(at) ? at[Number(part)] : at[part]),
      root,
    );
    current = { ...target, ...own };
  }
  return {};
}

function unescape(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? value as JsonSchema : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
