/**
 * Avro's bytes → JSON, without a digit lost: long integers and decimals as every
 * input writes them, times in ISO 8601, bytes in base64.
 *
 * Source: https://avro.apache.org/docs/1.12.0/specification/
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import {
  exactBytes,
  exactFloat,
  exactFloat32,
  exactInteger,
} from "@dstream/sdk/changes";
import { BytesIn } from "../bytes.ts";
import { logicalType } from "../connect_types.ts";
import { decimalText } from "../decimals.ts";
import { DecodeProblem } from "../problems.ts";
import { dateText, instantText, timeText, type TimeUnit } from "../times.ts";
import {
  type AvroObject,
  type AvroSchema,
  fullName,
  parseAvro,
} from "./avro_text.ts";

/** Reads one value. */
type Read = (bytes: BytesIn) => Json;

const MOST_ITEMS = 10_000_000;

/**
 * A function that reads values of a schema.
 *
 * @param references Schemas it refers to, each before what needs it.
 * @throws {DecodeProblem} For a schema that isn't understood.
 *
 * @example
 * ```ts ignore
 * const read = avroReader('{"type":"record","name":"r","fields":[…]}');
 * read(bytes); // { id: 7 }
 * ```
 */
export function avroReader(
  text: string,
  references: readonly string[] = [],
): (bytes: Uint8Array) => Json {
  const compiler = new Compiler();
  for (const reference of references) {
    compiler.compile(parseAvro(reference), "");
  }
  const read = compiler.compile(parseAvro(text), "");
  return (bytes) => read(new BytesIn(bytes));
}

class Compiler {
  readonly #named = new Map<string, Read>();

  compile(schema: AvroSchema, namespace: string): Read {
    if (typeof schema === "string") return this.#byName(schema, namespace);
    if (Array.isArray(schema)) return this.#union(schema, namespace);
    return this.#object(schema as AvroObject, namespace);
  }

  #byName(name: string, namespace: string): Read {
    const simple = SIMPLE[name];
    if (simple !== undefined) return simple;
    const full = fullName(name, namespace);
    const find = () => this.#named.get(full) ?? this.#named.get(name);
    if (find() === undefined) {
      throw new DecodeProblem(`there is no type ${JSON.stringify(name)}`);
    }
    // It may be the one that is being made: a list of itself.
    return (bytes) => find()!(bytes);
  }

  #union(choices: readonly AvroSchema[], namespace: string): Read {
    const reads = choices.map((each) => this.compile(each, namespace));
    return (bytes) => {
      const read = reads[countOf(bytes)];
      if (read === undefined) throw new DecodeProblem("a choice is not there");
      return read(bytes);
    };
  }

  #object(schema: AvroObject, namespace: string): Read {
    const { type, logicalType } = schema;
    switch (type) {
      case "record":
      case "error":
        return this.#record(schema, namespace);
      case "enum":
        return this.#remember(schema, namespace, enumReader(schema));
      case "fixed": {
        const read = logicalType === "decimal"
          ? (bytes: BytesIn) =>
            decimalText(bytes.take(schema.size!), schema.scale)
          : (bytes: BytesIn) => exactBytes(bytes.take(schema.size!));
        return this.#remember(schema, namespace, read);
      }
      case "array":
        return arrayReader(this.compile(schema.items!, namespace));
      case "map":
        return mapReader(this.compile(schema.values!, namespace));
    }
    const logical = logicalType === undefined
      ? undefined
      : logicalReader(type, logicalType, schema);
    return logical ?? ofConnect(schema, this.compile(type, namespace));
  }

  #record(schema: AvroObject, outer: string): Read {
    const namespace = schema.namespace ?? outer;
    const fields: (readonly [string, Read])[] = [];
    const read = ofConnect(schema, (bytes) => {
      const row: Record<string, Json> = {};
      for (const [name, readField] of fields) row[name] = readField(bytes);
      return row;
    });
    this.#remember(schema, outer, read);
    for (const { name, type } of schema.fields ?? []) {
      fields.push([name, this.compile(type, namespace)]);
    }
    return read;
  }

  #remember({ name, namespace }: AvroObject, outer: string, read: Read): Read {
    if (name !== undefined) {
      this.#named.set(fullName(name, namespace ?? outer), read);
    }
    return read;
  }
}

/** A value of a type that Kafka Connect names. */
function ofConnect(schema: AvroObject, read: Read): Read {
  const convert = logicalType(schema["connect.name"]);
  if (convert === undefined) return read;
  const parameters = schema["connect.parameters"] ?? {};
  return (bytes) => convert(read(bytes), parameters);
}

const SIMPLE: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean: (bytes) => bytes.take(1)[0] === 1,
  int: (bytes) => exactInteger(bytes.zigzag()),
  long: (bytes) => exactInteger(bytes.zigzag()),
  float: (bytes) => exactFloat32(bytes.take(4).readFloatLE(0)),
  double: (bytes) => exactFloat(bytes.take(8).readDoubleLE(0)),
  bytes: (bytes) => exactBytes(blockOf(bytes)),
  string: (bytes) => blockOf(bytes).toString("utf8"),
};

function enumReader({ symbols = [] }: AvroObject): Read {
  return (bytes) => {
    const symbol = symbols[countOf(bytes)];
    if (symbol === undefined) throw new DecodeProblem("a symbol is not there");
    return symbol;
  };
}

function arrayReader(read: Read): Read {
  return (bytes) => {
    const items: Json[] = [];
    blocks(bytes, () => items.push(read(bytes)));
    return items;
  };
}

function mapReader(read: Read): Read {
  return (bytes) => {
    const entries: [string, Json][] = [];
    blocks(bytes, () => {
      const name = blockOf(bytes).toString("utf8");
      entries.push([name, read(bytes)]);
    });
    return Object.fromEntries(entries);
  };
}

/** Lists come in blocks, the last of which is empty. */
function blocks(bytes: BytesIn, readItem: () => void): void {
  for (let total = 0;;) {
    let count = Number(bytes.zigzag());
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      bytes.zigzag(); // the block's size in bytes
    }
    total += count;
    if (total > MOST_ITEMS) throw new DecodeProblem("a list is too long");
    for (let left = count; left > 0; left--) readItem();
  }
}

/** @returns undefined for one that isn't known: then it is what it is made of. */
function logicalReader(
  type: AvroSchema,
  logicalType: string,
  { scale }: AvroObject,
): Read | undefined {
  switch (`${type} ${logicalType}`) {
    case "bytes decimal":
      return (bytes) => decimalText(blockOf(bytes), scale);
    case "int date":
      return (bytes) => dateText(Number(bytes.zigzag()));
    case "int time-millis":
      return (bytes) => timeText(bytes.zigzag(), "millis");
    case "long time-micros":
      return (bytes) => timeText(bytes.zigzag(), "micros");
  }
  const [, local, unit] =
    /^(local-)?timestamp-(millis|micros|nanos)$/.exec(logicalType) ?? [];
  if (type !== "long" || unit === undefined) return undefined;
  const zone = local === undefined ? "Z" : "";
  return (bytes) => instantText(bytes.zigzag(), unit as TimeUnit) + zone;
}

/** A length or a place in a list. */
function countOf(bytes: BytesIn): number {
  return Number(bytes.zigzag());
}

function blockOf(bytes: BytesIn): Buffer {
  return bytes.take(countOf(bytes));
}
