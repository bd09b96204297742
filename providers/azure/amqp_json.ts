/**
 * Values of AMQP as JSON, and back, without losing a digit or a type.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import {
  type AmqpType,
  library,
  tagged,
  typeOf,
  TYPES,
  wrapped,
} from "./amqp_types.ts";

// deno-lint-ignore no-explicit-any
type Rhea = any;

/** A value as JSON has it, and its type where JSON, or a client, would lose it. */
export interface TypedJson {
  readonly json: Json;
  readonly type?: AmqpType;
}

/** Whole numbers: how many bits they have, and whether one is for the sign. */
const WHOLE: Readonly<Record<AmqpType, readonly [bits: number, sign: 0 | 1]>> =
  {
    ubyte: [8, 0],
    ushort: [16, 0],
    uint: [32, 0],
    ulong: [64, 0],
    byte: [8, 1],
    short: [16, 1],
    int: [32, 1],
    long: [64, 1],
    char: [32, 0],
  };

const DECIMAL_BYTES: Readonly<Record<AmqpType, number>> = {
  decimal32: 4,
  decimal64: 8,
  decimal128: 16,
};

/**
 * A value that came, for JSON.
 *
 * @param type As it came, of numbers; bytes know theirs.
 */
export function toJson(value: unknown, type?: AmqpType): TypedJson {
  if (value instanceof Uint8Array) return bytesToJson(value);
  if (typeof value === "number") return numberToJson(value, type);
  if (value instanceof Date) {
    const isTime = !Number.isNaN(value.getTime());
    const text = isTime ? value.toISOString() : null;
    return { json: { $type: "timestamp", value: text } };
  }
  if (typeof value === "bigint") return { json: value.toString() };
  if (Array.isArray(value)) return { json: value.map((v) => toJson(v).json) };
  if (isDescribed(value)) return { json: describedToJson(value) };
  if (type === "symbol") return { json: value as string, type };
  return { json: (value ?? null) as Json };
}

/** A message's id as text. */
export function idToText(
  id: unknown,
): { readonly text: string; readonly type?: AmqpType } | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === "number") return { text: String(id), type: "ulong" };
  if (!(id instanceof Uint8Array)) return { text: String(id) };
  const { json, type } = bytesToJson(id);
  return typeof json === "string"
    ? { text: json, type }
    : { text: Buffer.from(id).toString("hex"), type: "binary" };
}

/** The other way round. @returns Text where it isn't of that type any more. */
export function idFromText(
  text: string,
  type: unknown,
): string | Buffer {
  if (type === "binary" && /^([0-9a-f]{2})*$/.test(text)) {
    return tagged(Buffer.from(text, "hex"), type);
  }
  return (type === "uuid" || type === "ulong")
    ? bytesOf(type, text) ?? text
    : text;
}

/**
 * A value to be sent as a certain type, for the properties of a message.
 *
 * @returns undefined where it isn't one of that type, or nobody knows the library.
 */
export function ofType(type: unknown, json: Json): object | undefined {
  if (library() === undefined || typeof type !== "string") return undefined;
  const value = valueOf(type, json);
  return value === undefined ? undefined : wrapped(type, value);
}

/** What `toJson()` made of a described value, as a value again. */
export function described(json: Json): object | undefined {
  const { descriptor, type, value = null } = json as Record<string, Json>;
  if (library() === undefined || descriptor === undefined) return undefined;
  const inner = ofType(type, value) ?? library().wrap(value);
  const name = typeof descriptor === "string"
    ? library().wrap_symbol(descriptor)
    : library().wrap_ulong(descriptor);
  return library().described(name, inner);
}

function bytesToJson(value: Uint8Array): TypedJson {
  const bytes = Buffer.from(value);
  const type = typeOf(value);
  switch (type) {
    case "uuid":
      return { json: guidText(bytes), type };
    case "long":
      return { json: bytes.readBigInt64BE().toString(), type };
    case "ulong":
      return { json: bytes.readBigUInt64BE().toString(), type };
    case "decimal32":
    case "decimal64":
    case "decimal128":
      return { json: bytes.toString("base64"), type };
    default: {
      const text = bytes.toString("base64");
      return { json: { $type: "binary", value: text } };
    }
  }
}

/** With its type where JavaScript would send another. */
function numberToJson(value: number, type: AmqpType | undefined): TypedJson {
  if (type === "boolean") return { json: value !== 0 };
  if (!Number.isFinite(value)) return { json: String(value), type };
  return type === undefined || type === usualType(value)
    ? { json: value }
    : { json: value, type };
}

/** What rhea makes of a number. */
function usualType(value: number): AmqpType {
  if (!Number.isInteger(value)) return "double";
  if (value > 0) return value < 2 ** 32 ? "uint" : "ulong";
  return value > -(2 ** 31) + 1 ? "int" : "long";
}

/** A type of .NET that AMQP doesn't have: a time span, an address. */
function isDescribed(value: unknown): boolean {
  return (value as Rhea)?.descriptor !== undefined;
}

function describedToJson(value: Rhea): Json {
  const { descriptor, type } = value;
  const inner = TYPES[type?.name];
  if (inner && Buffer.isBuffer(value.value)) {
    tagged(value.value, inner);
  }
  const { json } = toJson(value.value);
  const name = descriptor?.value ?? descriptor;
  return {
    $type: "described",
    descriptor: typeof name === "number" ? name : String(name),
    ...(inner && { type: inner }),
    value: json,
  };
}

/** What rhea takes for a value of a type. */
function valueOf(type: AmqpType, json: Json): unknown {
  if (type in WHOLE) return wholeOf(type, json);
  switch (type) {
    case "float":
    case "double":
      return numberOf(json);
    case "uuid":
      return bytesOf(type, String(json));
    case "symbol":
      return typeof json === "string" ? json : undefined;
    default: {
      const bytes = Buffer.from(String(json), "base64");
      return bytes.length === DECIMAL_BYTES[type] ? bytes : undefined;
    }
  }
}

function numberOf(json: Json): number | undefined {
  if (typeof json === "number") return json;
  return /^(NaN|-?Infinity)$/.test(String(json)) ? Number(json) : undefined;
}

function wholeOf(type: AmqpType, json: Json): number | Buffer | undefined {
  const text = String(json);
  if (!/^-?\d{1,20}$/.test(text)) return undefined;
  const [bits, sign] = WHOLE[type];
  const value = BigInt(text);
  const least = sign === 1 ? -(1n << BigInt(bits - 1)) : 0n;
  const most = (1n << BigInt(bits - sign)) - 1n;
  if (value < least || value > most) return undefined;
  return bits === 64 ? bytesOf(type, text) : Number(value);
}

/** With its type beside it, for ids. */
function bytesOf(type: AmqpType, text: string): Buffer | undefined {
  if (type === "uuid") {
    const isGuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
    if (!isGuid) return undefined;
    return tagged(Buffer.from(text.replaceAll("-", ""), "hex"), type);
  }
  if (!/^-?\d{1,20}$/.test(text)) return undefined;
  const value = BigInt(text);
  const bytes = Buffer.alloc(8);
  if (type === "long") bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  else if (value < 0n || value >= 1n << 64n) return undefined;
  else bytes.writeBigUInt64BE(value);
  return tagged(bytes, type);
}

function guidText(bytes: Buffer): string {
  return bytes.toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
