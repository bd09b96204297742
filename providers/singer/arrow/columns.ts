/**
 * Records of one Singer stream as columns.
 *
 * What its schema calls integer, number, boolean or string becomes a column of that
 * type. All else, and a column with a number that its type can't hold, is text with
 * JSON in it: nothing is rounded.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import type { Json, JsonObject } from "@dstream/sdk";
import { asObject } from "../json.ts";
import { IS_JSON } from "./metadata.ts";

const LEAST_INT64 = -(2n ** 63n);
const MOST_INT64 = 2n ** 63n - 1n;

type Cell = bigint | number | string | boolean | null;

/** One column, before Arrow has it. */
interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly isJson: boolean;
  readonly cells: readonly Cell[];
}

/**
 * @param rows Read by `parseExactJson`, so that no number has lost a digit.
 * @param schema What SCHEMA says of them.
 * @param metadata Of the whole.
 */
export function batchOf(
  rows: readonly JsonObject[],
  schema: JsonObject,
  metadata: ReadonlyMap<string, string>,
): RecordBatch {
  const columns = namesOf(rows, schema).map((name) =>
    columnOf(name, rows, kindOf(asObject(schema.properties)?.[name]))
  );
  const fields = columns.map(({ name, type, isJson }) =>
    new Field(name, type, true, new Map(isJson ? [[IS_JSON, "true"]] : []))
  );
  const children = columns.map(({ cells, type }) => dataOf(cells, type));
  const struct = new Struct(fields);
  const data = makeData({ type: struct, length: rows.length, children });
  return new RecordBatch(new Schema(fields, new Map(metadata)), data);
}

/** Those of the schema, and then what records have besides. */
function namesOf(rows: readonly JsonObject[], schema: JsonObject): string[] {
  const names = new Set(Object.keys(asObject(schema.properties) ?? {}));
  for (const row of rows) for (const name in row) names.add(name);
  return [...names];
}

/** As Arrow lays them out. Its own builders take ten times as long. */
function dataOf(cells: readonly Cell[], type: DataType): Data {
  const length = cells.length;
  const valid = bitsOf(cells, (cell) => cell !== null);
  const nullCount = cells.reduce<number>(
    (n, cell) => n + Number(cell === null),
    0,
  );
  const common = { type, length, nullCount, nullBitmap: valid };
  if (type instanceof Utf8) {
    return makeData({ ...common, type, ...textsOf(cells) });
  }
  const data = type instanceof Bool
    ? bitsOf(cells, (cell) => cell === true)
    : type instanceof Int64
    ? BigInt64Array.from(cells, (cell) => cell as bigint ?? 0n)
    : Float64Array.from(cells, (cell) => cell as number ?? 0);
  return makeData({ ...common, data } as Parameters<typeof makeData>[0]);
}

/** One bit for each, the lowest first; in whole words of 8 bytes. */
function bitsOf(
  cells: readonly Cell[],
  isSet: (cell: Cell) => boolean,
): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 64) * 8);
  cells.forEach((cell, index) => {
    if (isSet(cell)) bits[index >> 3] |= 1 << (index & 7);
  });
  return bits;
}

function textsOf(cells: readonly Cell[]) {
  const valueOffsets = new Int32Array(cells.length + 1);
  const data = Buffer.from(cells.map((cell) => cell ?? "").join(""));
  let offset = 0;
  cells.forEach((cell, index) => {
    offset += cell === null ? 0 : Buffer.byteLength(cell as string);
    valueOffsets[index + 1] = offset;
  });
  return { valueOffsets, data };
}

type Kind = "integer" | "number" | "boolean" | "string";

/** The one type it has besides null. */
function kindOf(schema: Json | undefined): Kind | undefined {
  const types = [asObject(schema)?.type ?? []].flat()
    .filter((type) => type !== "null");
  const [type] = types;
  const isKnown = type === "integer" || type === "number" ||
    type === "boolean" || type === "string";
  return types.length === 1 && isKnown ? type : undefined;
}

const TYPES: Readonly<Record<Kind, () => DataType>> = {
  integer: () => new Int64(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  string: () => new Utf8(),
};

function columnOf(
  name: string,
  rows: readonly JsonObject[],
  kind: Kind | undefined,
): Column {
  const values = rows.map((row) => row[name] ?? null);
  const cells = kind && exactCells(values, kind);
  if (kind !== undefined && cells !== undefined) {
    return { name, type: TYPES[kind](), isJson: false, cells };
  }
  const texts = values.map((value) =>
    value === null ? null : JSON.stringify(value)
  );
  return { name, type: new Utf8(), isJson: true, cells: texts };
}

/** @returns Nothing when one of them is no such value, or would be rounded. */
function exactCells(
  values: readonly Json[],
  kind: Kind,
): readonly Cell[] | undefined {
  const cells: Cell[] = [];
  for (const value of values) {
    const cell = value === null ? null : CELLS[kind](value);
    if (cell === undefined) return undefined;
    cells.push(cell);
  }
  return cells;
}

const CELLS: Readonly<Record<Kind, (value: Json) => Cell | undefined>> = {
  boolean: (value) => typeof value === "boolean" ? value : undefined,
  string: (value) => typeof value === "string" ? value : undefined,
  number: (value) => {
    if (typeof value === "number") return value;
    const text = numberText(value);
    return text !== undefined && isExact(text) ? Number(text) : undefined;
  },
  integer: (value) => {
    if (Number.isSafeInteger(value)) return BigInt(value as number);
    const text = numberText(value);
    if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
    const integer = BigInt(text);
    const fits = integer >= LEAST_INT64 && integer <= MOST_INT64;
    return fits ? integer : undefined;
  },
};

/** Of a number whose digits a double may not hold. */
function numberText(value: Json): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { rawJSON } = value as { rawJSON?: unknown };
  return typeof rawJSON === "string" ? rawJSON : undefined;
}

/** Whether it is the same number as a double: `1.10` is, 20 digits are not. */
function isExact(text: string): boolean {
  const digits = (one: string) => {
    const [, mantissa = "", exponent = "0"] = /^-?([\d.]+)(?:e(.+))?$/i
      .exec(one) ?? [];
    const [whole, part = ""] = mantissa.split(".");
    const all = (whole + part).replace(/^0+/, "");
    const trimmed = all.replace(/0+$/, "");
    const scale = Number(exponent) - part.length + all.length - trimmed.length;
    return trimmed === "" ? "0" : `${trimmed}e${scale}`;
  };
  const number = Number(text);
  return Number.isFinite(number) && digits(String(number)) === digits(text);
}
