/**
 * The fields that values of two schemas fit: what is in one of them may be missing,
 * and what has two types gets one that holds the values of both.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";

/**
 * @returns `known` itself where `more` adds nothing to it.
 *
 * @example
 * ```ts ignore
 * widerFields(
 *   [{ name: "n", type: "int32" }],
 *   [{ name: "n", type: "int64" }, { name: "new", type: "string" }],
 * ); // n as int64, and new, which may be null
 * ```
 */
export function widerFields(
  known: readonly SchemaField[],
  more: readonly SchemaField[],
): readonly SchemaField[] {
  const others = new Map(more.map((field) => [field.name, field]));
  const names = new Set(known.map(({ name }) => name));
  const wider = known.map((field) => {
    const other = others.get(field.name);
    return other === undefined
      ? orNull(field)
      : { ...field, ...widerType(field, other) };
  });
  const added = more.filter(({ name }) => !names.has(name)).map(orNull);
  const all = [...wider, ...added];
  return JSON.stringify(all) === JSON.stringify(known) ? known : all;
}

function orNull(field: SchemaField): SchemaField {
  return field.nullable === true ? field : { ...field, nullable: true };
}

function widerType(one: FieldType, other: FieldType): FieldType {
  const type = one.type === other.type
    ? sameType(one, other)
    : otherType(one, other);
  const isNullable = one.nullable === true || other.nullable === true;
  return {
    ...one,
    // What isn't there any more replaces what was.
    precision: undefined,
    scale: undefined,
    element: undefined,
    fields: undefined,
    native: undefined,
    ...type,
    nullable: isNullable ? true : undefined,
  };
}

function sameType(one: FieldType, other: FieldType): FieldType {
  const { type, native } = one;
  const base = { type, native: native === other.native ? native : undefined };
  switch (type) {
    case "decimal":
      return { ...base, ...widerDigits(one, other) };
    case "time":
    case "timestamp":
    case "timestamptz":
      return { ...base, precision: most(one.precision, other.precision) };
    case "list": {
      const isKnown = one.element !== undefined && other.element !== undefined;
      if (!isKnown) return base;
      return { ...base, element: widerType(one.element, other.element) };
    }
    case "struct": {
      const fields = widerFields(one.fields ?? [], other.fields ?? []);
      return { ...base, fields };
    }
    default:
      return base;
  }
}

/** So many before the point and so many behind it as either has. */
function widerDigits(one: FieldType, other: FieldType) {
  if (one.precision === undefined || other.precision === undefined) return {};
  const scale = Math.max(one.scale ?? 0, other.scale ?? 0);
  const whole = Math.max(
    one.precision - (one.scale ?? 0),
    other.precision - (other.scale ?? 0),
  );
  return { precision: whole + scale, scale };
}

function most(one: number | undefined, other: number | undefined) {
  return one === undefined || other === undefined
    ? undefined
    : Math.max(one, other);
}

function otherType(one: FieldType, other: FieldType): FieldType {
  const types = [one.type, other.type];
  if (types.every((type) => type in INTEGER_BITS)) {
    return widerInteger(one.type, other.type);
  }
  if (types.every((type) => isNumber(type))) {
    return types.includes("decimal")
      ? { type: "decimal", ...widerDigits(asDecimal(one), asDecimal(other)) }
      : { type: "float64" };
  }
  if (types.every((type) => TEXTS.has(type))) return { type: "string" };
  return { type: types.includes("json") ? "json" : "any" };
}

/** Of integers, how many bits they have, below 0 those with a sign. */
const INTEGER_BITS: Readonly<Record<string, number>> = {
  int8: -8,
  int16: -16,
  int32: -32,
  int64: -64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
};

function isNumber(type: string): boolean {
  return type in INTEGER_BITS || /^(float\d+|decimal)$/.test(type);
}

function widerInteger(
  one: FieldType["type"],
  other: FieldType["type"],
): FieldType {
  const [a, b] = [INTEGER_BITS[one], INTEGER_BITS[other]];
  if (a < 0 === b < 0) {
    return { type: Math.abs(a) > Math.abs(b) ? one : other };
  }
  const bits = Math.max(Math.abs(Math.min(a, b)), Math.max(a, b) * 2);
  return bits > 64
    ? asDecimal({ type: "uint64" })
    : { type: `int${bits}` as FieldType["type"] };
}

/** Integers have no more digits than these. */
const INTEGER_DIGITS: Readonly<Record<string, number>> = {
  8: 3,
  16: 5,
  32: 10,
  64: 20,
};

function asDecimal(field: FieldType): FieldType {
  const bits = INTEGER_BITS[field.type];
  return bits === undefined ? field : {
    type: "decimal",
    precision: INTEGER_DIGITS[Math.abs(bits)],
    scale: 0,
  };
}

/** Whose values are texts that a column of text may have, too. */
const TEXTS: ReadonlySet<string> = new Set<FieldType["type"]>([
  "string",
  "uuid",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
]);
