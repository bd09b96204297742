/**
 * A table's schema → a message of Protobuf, whose fields keep their numbers.
 *
 * The number of a field is what readers know it by, so the version that is
 * registered decides: a column it has keeps its number, a new one gets the next, and
 * that of a column which is gone is never used again.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";
import { legalName } from "../names.ts";
import type { MessageType } from "./proto_library.ts";

/** A message that is to be written. */
export interface ProtoMessage {
  readonly name: string;
  readonly fields: readonly ProtoField[];
  /** Numbers and names that are never used again. */
  readonly reserved: {
    readonly ids: readonly (readonly [number, number])[];
    readonly names: readonly string[];
  };
}

/** A column in it. */
export interface ProtoField {
  readonly column: string;
  readonly name: string;
  readonly id: number;
  /** A scalar, or the name of a message. */
  readonly type: string;
  readonly rule: "" | "optional" | "repeated";
  /** Where JSON would call it otherwise. */
  readonly jsonName?: string;
  /** What one value is: of a list its elements. */
  readonly value: FieldType;
  /** What it is made of, where that is columns again. */
  readonly message?: ProtoMessage;
}

export const TIMESTAMP = "google.protobuf.Timestamp";

const SIMPLE: Readonly<Partial<Record<FieldType["type"], string>>> = {
  boolean: "bool",
  int8: "int32",
  int16: "int32",
  int32: "int32",
  int64: "int64",
  uint8: "uint32",
  uint16: "uint32",
  uint32: "uint32",
  uint64: "uint64",
  float32: "float",
  float64: "double",
  bytes: "bytes",
};

/** Of more than nine digits there is no Timestamp. */
const MOST_DIGITS = 9;
const FIRST_OF_PROTOBUF = 19_000;
const BEHIND_THOSE = 20_000;
const MOST_FIELDS = 536_870_911;

/**
 * @param key Columns that are always there.
 * @param previous The message as it was registered before.
 */
export function planMessage(
  name: string,
  columns: readonly SchemaField[],
  key: readonly string[],
  previous?: MessageType,
): ProtoMessage {
  const numbers = new Numbers(previous);
  const taken = new Set(columns.map((column) => legalName(column.name)));
  const jsonNames = columns.map((column) => camelCase(legalName(column.name)));
  const fields = columns.map((column, index): ProtoField => {
    const field = legalName(column.name);
    const isPlain = field === column.name &&
      jsonNames.indexOf(jsonNames[index]) === index &&
      jsonNames.lastIndexOf(jsonNames[index]) === index;
    const before = previous?.fields[field];
    return {
      column: column.name,
      name: field,
      id: numbers.of(field),
      ...(isPlain ? {} : { jsonName: column.name }),
      ...shapeOf(column, key.includes(column.name), taken, before),
    };
  });
  return { name, fields, reserved: numbers.reserved(taken) };
}

function shapeOf(
  column: SchemaField,
  isKey: boolean,
  taken: Set<string>,
  before: MessageType["fields"][string] | undefined,
): Pick<ProtoField, "type" | "rule" | "value" | "message"> {
  const { type, element } = column;
  const isList = type === "list" && element !== undefined &&
    element.type !== "list";
  const value = isList ? element : column;
  const rule = isList ? "repeated" : isKey ? "" : "optional";
  if (value.type !== "struct" || (value.fields ?? []).length === 0) {
    return { type: scalarOf(value), rule, value };
  }
  const message = planMessage(
    messageName(column.name, taken),
    value.fields!,
    [],
    nestedBefore(before),
  );
  return { type: message.name, rule, value, message };
}

function scalarOf({ type, precision = 6 }: FieldType): string {
  if (type === "timestamptz" && precision <= MOST_DIGITS) return TIMESTAMP;
  return SIMPLE[type] ?? "string";
}

function nestedBefore(
  field: MessageType["fields"][string] | undefined,
): MessageType | undefined {
  const type = field?.resolve().resolvedType;
  return type !== null && type !== undefined && "fields" in type
    ? type
    : undefined;
}

/** Fields and messages share their names. */
function messageName(column: string, taken: Set<string>): string {
  const legal = legalName(column);
  let name = legal[0].toUpperCase() + legal.slice(1);
  while (taken.has(name)) name += "_";
  taken.add(name);
  return name;
}

/** As Protobuf makes JSON's names: https://protobuf.dev/programming-guides/json/ */
export function camelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}

class Numbers {
  readonly #before = new Map<string, number>();
  readonly #reservedIds: (readonly [number, number])[] = [];
  readonly #reservedNames: string[] = [];
  #next = 1;

  constructor(previous: MessageType | undefined) {
    for (const { name, id } of previous?.fieldsArray ?? []) {
      this.#before.set(name, id);
      this.#next = Math.max(this.#next, id + 1);
    }
    for (const each of previous?.reserved ?? []) {
      if (typeof each === "string") {
        this.#reservedNames.push(each);
        continue;
      }
      const [from, to] = each as [number, number];
      this.#reservedIds.push([from, to]);
      if (to < MOST_FIELDS) this.#next = Math.max(this.#next, to + 1);
    }
  }

  of(name: string): number {
    const there = this.#before.get(name);
    if (there !== undefined) return there;
    if (this.#next === FIRST_OF_PROTOBUF) this.#next = BEHIND_THOSE;
    return this.#next++;
  }

  /** What was reserved, and what is gone now. */
  reserved(names: ReadonlySet<string>): ProtoMessage["reserved"] {
    const gone = [...this.#before].filter(([name]) => !names.has(name));
    return {
      ids: [
        ...this.#reservedIds,
        ...gone.map(([, id]) => [id, id] as const),
      ],
      names: [...this.#reservedNames, ...gone.map(([name]) => name)]
        .filter((name) => !names.has(name)),
    };
  }
}
