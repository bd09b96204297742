/**
 * The types of AMQP that JavaScript has no value for.
 *
 * Azure's clients hand out a whole number beyond 2^53 and a GUID as bare bytes, and
 * all numbers as `number`; sent on, they would be binary and whatever type fits.
 * rhea, the AMQP library below them, knows better while it reads. So this listens to
 * it: a value and its bytes stay what they are, and their type is kept beside them.
 * What becomes of them in JSON is amqp_json.ts.
 *
 * The clients keep rhea in a field they don't document. Without it values are what
 * they were before: bytes.
 *
 * @module
 */

import { Buffer } from "node:buffer";

// What rhea hands out, which its own types don't describe.
// deno-lint-ignore no-explicit-any
type Rhea = any;

/** A type of AMQP: `long`, `uuid`. */
export type AmqpType = string;

/** rhea's names; it has several for one type, by how a value is written. */
const NAMES: Readonly<Record<AmqpType, readonly string[]>> = {
  ubyte: ["Ubyte"],
  ushort: ["Ushort"],
  uint: ["Uint", "SmallUint", "Uint0"],
  ulong: ["Ulong", "SmallUlong", "Ulong0"],
  byte: ["Byte"],
  short: ["Short"],
  int: ["Int", "SmallInt"],
  long: ["Long", "SmallLong"],
  float: ["Float"],
  double: ["Double"],
  char: ["CharUTF32"],
  uuid: ["Uuid"],
  binary: ["Vbin8", "Vbin32"],
  symbol: ["Sym8", "Sym32"],
  decimal32: ["Decimal32"],
  decimal64: ["Decimal64"],
  decimal128: ["Decimal128"],
  // In a byte, as the client for Python writes it; rhea hands out that byte.
  boolean: ["Boolean"],
};
/** Our names by rhea's. */
export const TYPES: Readonly<Record<string, AmqpType>> = Object.fromEntries(
  Object.entries(NAMES).flatMap(([type, names]) =>
    names.map((name) => [name, type])
  ),
);

/** Types of bytes, and of the entries of maps, that rhea has read. */
const typeOfBytes = new WeakMap<object, AmqpType>();
const entriesOfMap = new WeakMap<object, readonly Rhea[]>();
const heard = new WeakSet<object>();
let rhea: Rhea;

/** Listens to the library below a client of Azure; once is enough. */
export function keepTypes(client: unknown): void {
  const { _connectionContext, _context } = client as Rhea;
  const { connection } = _connectionContext ?? _context ?? {};
  const types = connection?.container?.types;
  if (types?.unwrap === undefined || heard.has(types)) return;
  heard.add(types);
  rhea = types;
  const { unwrap, unwrap_map_simple, wrap_message_id } = types;
  types.unwrap = (read: Rhea, leavesDescribed?: boolean) => {
    const value = unwrap(read, leavesDescribed);
    const type = TYPES[read?.type?.name];
    if (type && Buffer.isBuffer(value)) typeOfBytes.set(value, type);
    return value;
  };
  types.unwrap_map_simple = (section: Rhea) => {
    const map = unwrap_map_simple(section);
    entriesOfMap.set(map, section.value);
    return map;
  };
  // It takes all bytes for a GUID.
  types.wrap_message_id = (id: Rhea) => {
    const type = Buffer.isBuffer(id) ? typeOfBytes.get(id) : undefined;
    return type === undefined ? wrap_message_id(id) : wrapped(type, id);
  };
}

/** The types of a map's entries, as they came: `{ n: "int" }`. */
export function typesOfMap(map: object): Record<string, AmqpType> {
  const read = entriesOfMap.get(map) ?? [];
  const found: Record<string, AmqpType> = {};
  for (let at = 0; at + 1 < read.length; at += 2) {
    const type = TYPES[read[at + 1]?.type?.name];
    if (type !== undefined) found[read[at].value] = type;
  }
  return found;
}

/** Bytes with their type beside them. */
export function tagged(bytes: Buffer, type: AmqpType): Buffer {
  typeOfBytes.set(bytes, type);
  return bytes;
}

/** What rhea read these bytes as. */
export function typeOf(bytes: object): AmqpType | undefined {
  return typeOfBytes.get(bytes);
}

/** rhea, once a client was opened. */
export function library(): Rhea {
  return rhea;
}

/** rhea's functions by type; where there is one that shortens, it isn't used. */
export function wrapped(type: AmqpType, value: Rhea): object {
  switch (type) {
    case "long":
      return rhea.Long(value);
    case "ulong":
      return rhea.Ulong(value);
    case "uuid":
      return rhea.Uuid(value);
    case "char":
      return rhea.CharUTF32(value);
    case "decimal32":
    case "decimal64":
    case "decimal128":
      return rhea[type.replace("d", "D")](value);
    default:
      return rhea[`wrap_${type}`](value);
  }
}
