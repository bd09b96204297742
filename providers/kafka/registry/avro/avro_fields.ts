/**
 * A schema of Avro → the types of fields, as avro_reader.ts makes the values.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";
import { logicalField } from "../connect_fields.ts";
import { Nesting, OPAQUE, type Shape, shapeOf } from "../shape.ts";
import {
  type AvroObject,
  type AvroSchema,
  fullName,
  parseAvro,
} from "./avro_text.ts";

/**
 * The shape of a record.
 *
 * @param references Schemas it refers to, each before what needs it.
 * @returns undefined for what is no record.
 *
 * @example
 * ```ts ignore
 * avroShape('{"type":"record","name":"r","fields":[{"name":"n","type":"int"}]}');
 * // { fields: [{ name: "n", type: "int32" }] }
 * ```
 */
export function avroShape(
  text: string,
  references: readonly string[] = [],
): Shape | undefined {
  const reader = new Reader();
  for (const reference of references) reader.learn(parseAvro(reference), "");
  const schema = parseAvro(text);
  reader.learn(schema, "");
  return shapeOf(reader.type(schema, ""));
}

/** A type, and the namespace that its names are in. */
interface Named {
  readonly schema: AvroObject;
  readonly namespace: string;
}

class Reader {
  readonly #named = new Map<string, Named>();
  readonly #nesting = new Nesting();

  /** Where the types are that names stand for. */
  learn(schema: AvroSchema, outer: string): void {
    if (typeof schema === "string") return;
    if (Array.isArray(schema)) {
      for (const each of schema) this.learn(each, outer);
      return;
    }
    const object = schema as AvroObject;
    const namespace = object.namespace ?? outer;
    if (object.name !== undefined) {
      const full = fullName(object.name, namespace);
      this.#named.set(full, { schema: object, namespace });
    }
    const parts = [object.type, object.items, object.values]
      .concat(object.fields?.map(({ type }) => type));
    for (const part of parts) {
      if (part !== undefined) this.learn(part, namespace);
    }
  }

  type(schema: AvroSchema, namespace: string): FieldType {
    if (typeof schema === "string") return this.#byName(schema, namespace);
    if (Array.isArray(schema)) return this.#union(schema, namespace);
    return this.#object(schema as AvroObject, namespace);
  }

  #byName(name: string, namespace: string): FieldType {
    const simple = SIMPLE[name];
    if (simple !== undefined) return simple;
    const named = this.#named.get(fullName(name, namespace)) ??
      this.#named.get(name);
    return named === undefined
      ? OPAQUE
      : this.#object(named.schema, named.namespace);
  }

  /** Null or one other type; of more choices it isn't known which one comes. */
  #union(choices: readonly AvroSchema[], namespace: string): FieldType {
    const others = choices.filter((each) => each !== "null");
    const type: FieldType = others.length === 1
      ? this.type(others[0], namespace)
      : { type: "any" };
    return others.length < choices.length ? { ...type, nullable: true } : type;
  }

  #object(schema: AvroObject, outer: string): FieldType {
    const { type } = schema;
    const logical = logicalType(schema) ??
      logicalField(schema["connect.name"], schema["connect.parameters"]);
    if (logical !== undefined) return logical;
    switch (type) {
      case "record":
      case "error": {
        const namespace = schema.namespace ?? outer;
        return this.#nesting.struct(
          schema,
          () => this.#fields(schema, namespace),
        );
      }
      case "enum":
        return { type: "string" };
      case "fixed":
        return { type: "bytes" };
      case "array":
        return { type: "list", element: this.type(schema.items!, outer) };
      case "map":
        return OPAQUE;
      default:
        return this.type(type, outer);
    }
  }

  #fields({ fields = [] }: AvroObject, namespace: string): SchemaField[] {
    return fields.map(({ name, type, doc }) => ({
      name,
      ...this.type(type, namespace),
      ...(typeof doc === "string" ? { description: doc } : {}),
    }));
  }
}

const SIMPLE: Readonly<Record<string, FieldType>> = {
  null: { type: "any", nullable: true },
  boolean: { type: "boolean" },
  int: { type: "int32" },
  long: { type: "int64" },
  float: { type: "float32" },
  double: { type: "float64" },
  bytes: { type: "bytes" },
  string: { type: "string" },
};

const DIGITS: Readonly<Record<string, number>> = {
  millis: 3,
  micros: 6,
  nanos: 9,
};

function logicalType(
  { type, logicalType, precision, scale = 0 }: AvroObject,
): FieldType | undefined {
  switch (`${type} ${logicalType}`) {
    case "bytes decimal":
    case "fixed decimal":
      return { type: "decimal", precision, scale };
    case "int date":
      return { type: "date" };
    case "int time-millis":
      return { type: "time", precision: 3 };
    case "long time-micros":
      return { type: "time", precision: 6 };
    case "string uuid":
      return { type: "uuid" };
  }
  const [, local, unit] =
    /^(local-)?timestamp-(millis|micros|nanos)$/.exec(logicalType ?? "") ?? [];
  if (type !== "long" || unit === undefined) return undefined;
  const name = local === undefined ? "timestamptz" : "timestamp";
  return { type: name, precision: DIGITS[unit] };
}
