/**
 * Schemas of Avro as registries have them.
 *
 * Source: https://avro.apache.org/docs/1.12.0/specification/
 *
 * @module
 */

/** A schema of Avro, parsed: a name, a list of choices, or an object. */
export type AvroSchema = string | readonly AvroSchema[] | AvroObject;

export interface AvroObject {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly size?: number;
  readonly fields?: readonly {
    readonly name: string;
    readonly type: AvroSchema;
    readonly doc?: string;
  }[];
  readonly symbols?: readonly string[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  /** What Kafka Connect calls it, and knows of it besides. */
  readonly "connect.name"?: string;
  readonly "connect.parameters"?: Readonly<Record<string, string>>;
}

/** A schema's text, parsed. */
export function parseAvro(text: string): AvroSchema {
  try {
    return JSON.parse(text);
  } catch {
    return text; // "string" may be written without quotes
  }
}

/** The name by which a type is known everywhere. */
export function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}
