/**
 * Avro's bytes → JSON, without a digit lost: long integers and decimals as every
 * input writes them, times in ISO 8601, bytes in base64.
 *
 * Source: https://avro.apache.org/docs/1.12.0/specification/
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { exactBytes, exactFloat, exactInteger } from "@dstream/sdk/changes";

/** A schema of Avro, parsed: a name, a list of choices, or an object. */
type AvroSchema = string | readonly AvroSchema[] | AvroObject;

interface AvroObject {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly logicalType?: string;
  readonly scale?: number;
  readonly size?: number;
  readonly fields?: readonly {
    readonly name: string;
    readonly type: AvroSchema;
  }[];
  readonly symbols?: readonly string[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
}

/** Reads one value. */
type Read = (bytes: AvroBytes) => Json;

/** The bytes are no value of the schema. */
export class AvroProblem extends Error {
  override readonly name = "AvroProblem";
}

const MOST_ITEMS = 10_000_000;
const MS_PER_DAY = 86_400_000;

/**
 * A function that reads values of a schema.
 *
 * @param references Schemas it refers to, each before what needs it.
 * @throws {AvroProblem} For a schema that isn't understood.
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
  for (const reference of references) compiler.compile(parsed(reference), "");
  const read = compiler.compile(parsed(text), "");
  return (bytes) => read(new AvroBytes(bytes));
}

function parsed(text: string): AvroSchema {
  try {
    return JSON.parse(text);
  } catch {
    return text; // "string" may be written without quotes
  }
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
      throw new AvroProblem(`there is no type ${JSON.stringify(name)}`);
    }
    // It may be the one that is being made: a list of itself.
    return (bytes) => find()!(bytes);
  }

  #union(choices: readonly AvroSchema[], namespace: string): Read {
    const reads = choices.map((each) => this.compile(each, namespace));
    return (bytes) => {
      const read = reads[bytes.count()];
      if (read === undefined) throw new AvroProblem("a choice is not there");
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
          ? (bytes: AvroBytes) =>
            decimal(bytes.take(schema.size!), schema.scale)
          : (bytes: AvroBytes) => exactBytes(bytes.take(schema.size!));
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
    return logical ?? this.compile(type, namespace);
  }

  #record(schema: AvroObject, outer: string): Read {
    const namespace = schema.namespace ?? outer;
    const fields: (readonly [string, Read])[] = [];
    const read: Read = (bytes) => {
      const row: Record<string, Json> = {};
      for (const [name, readField] of fields) row[name] = readField(bytes);
      return row;
    };
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

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

const SIMPLE: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean: (bytes) => bytes.take(1)[0] === 1,
  int: (bytes) => exactInteger(bytes.long()),
  long: (bytes) => exactInteger(bytes.long()),
  float: (bytes) => exactFloat(bytes.take(4).readFloatLE(0)),
  double: (bytes) => exactFloat(bytes.take(8).readDoubleLE(0)),
  bytes: (bytes) => exactBytes(bytes.take(bytes.count())),
  string: (bytes) => bytes.take(bytes.count()).toString("utf8"),
};

function enumReader({ symbols = [] }: AvroObject): Read {
  return (bytes) => {
    const symbol = symbols[bytes.count()];
    if (symbol === undefined) throw new AvroProblem("a symbol is not there");
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
      const name = bytes.take(bytes.count()).toString("utf8");
      entries.push([name, read(bytes)]);
    });
    return Object.fromEntries(entries);
  };
}

/** Lists come in blocks, the last of which is empty. */
function blocks(bytes: AvroBytes, readItem: () => void): void {
  for (let total = 0;;) {
    let count = Number(bytes.long());
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      bytes.long(); // the block's size in bytes
    }
    total += count;
    if (total > MOST_ITEMS) throw new AvroProblem("a list is too long");
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
      return (bytes) => decimal(bytes.take(bytes.count()), scale);
    case "int date":
      return (bytes) => date(Number(bytes.long()));
    case "int time-millis":
      return (bytes) => time(bytes.long() * 1000n);
    case "long time-micros":
      return (bytes) => time(bytes.long());
    case "long timestamp-millis":
      return (bytes) => `${instant(bytes.long() * 1000n, 3)}Z`;
    case "long timestamp-micros":
      return (bytes) => `${instant(bytes.long(), 6)}Z`;
    case "long local-timestamp-millis":
      return (bytes) => instant(bytes.long() * 1000n, 3);
    case "long local-timestamp-micros":
      return (bytes) => instant(bytes.long(), 6);
  }
}

/** Two's complement, the largest byte first, so many digits behind the point. */
function decimal(bytes: Buffer, scale = 0): string {
  const unsigned = BigInt(`0x${bytes.toString("hex") || "0"}`);
  const value = BigInt.asIntN(Math.max(1, bytes.length * 8), unsigned);
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return scale === 0
    ? sign + digits
    : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function date(days: number): string {
  return new Date(days * MS_PER_DAY).toISOString().replace(/T.*$/, "");
}

function time(micros: bigint): string {
  return instant(micros, micros % 1000n === 0n ? 3 : 6).replace(/^.*T/, "");
}

/** Without a zone. */
function instant(micros: bigint, digits: 3 | 6): string {
  const below = ((micros % 1000n) + 1000n) % 1000n;
  const ms = Number((micros - below) / 1000n);
  const text = new Date(ms).toISOString().slice(0, -1);
  return digits === 3 ? text : text + String(below).padStart(3, "0");
}

/** Reads one value after the other. */
class AvroBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, length);
  }

  take(count: number): Buffer {
    const end = this.#at + count;
    if (count < 0 || end > this.#bytes.length) {
      throw new AvroProblem("it ends too early");
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A length or a place in a list. */
  count(): number {
    return Number(this.long());
  }

  /** Zigzag, seven bits a byte. */
  long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
    throw new AvroProblem("a number is too long");
  }
}
