/**
 * Rows of declared columns, as text: each value is made from the seed, the row's
 * number and the column.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";

/** The JSON text of the value in one row. */
type Maker = (seq: number, chance: number) => string;

const DAYS = 2000;
const DAY_MS = 86_400_000;
/** 2024-01-01 */
const FIRST_MS = 1_704_067_200_000;
/** A time stamp is so far behind the one before. */
const STEP_MS = 7;
const WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet"
  .split(" ");
const DATES = Array.from(
  { length: DAYS },
  (_, day) => new Date(FIRST_MS - day * DAY_MS).toISOString().slice(0, 10),
);
const FRACTIONS = Array.from(
  { length: 64 },
  (_, count) => String(count / 64).slice(1),
);
/** All fractions of so few digits are written once. */
const MOST_KNOWN_DIGITS = 3;
/** More digits than chance has. */
const MOST_DIGITS = 9;

export class TypedRows {
  readonly #makers: readonly { readonly key: string; readonly make: Maker }[];
  readonly #chance: (seed: number, value: number) => number;
  readonly #seed: number;

  /** @param chance A number of 32 bits from two others. */
  constructor(
    fields: readonly SchemaField[],
    seed: number,
    chance: (seed: number, value: number) => number,
  ) {
    this.#makers = fields.map((field, index) => ({
      key: `${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`,
      make: makerOf(field),
    }));
    this.#seed = seed;
    this.#chance = chance;
  }

  /** The object of one row, from 1. */
  text(seq: number): string {
    const makers = this.#makers;
    let text = "";
    for (let index = 0; index < makers.length; index++) {
      const { key, make } = makers[index];
      text += key + make(seq, this.#chance(this.#seed + index, seq));
    }
    return text + "}";
  }
}

function makerOf(field: FieldType): Maker {
  switch (field.type) {
    case "boolean":
      return (_, chance) => chance % 2 === 0 ? "true" : "false";
    case "int64":
      return (seq) => String(seq);
    case "uint64":
    case "int32":
    case "uint32":
      return (_, chance) => String(chance % 10_000);
    case "int8":
    case "uint8":
    case "int16":
    case "uint16":
      return (_, chance) => String(chance % 100);
    case "float32":
    case "float64":
      return (_, chance) => sixtyFourths(chance % 1_000_000);
    case "decimal":
      return decimalMaker(field);
    case "date":
      return (_, chance) => `"${DATES[chance % DAYS]}"`;
    case "time":
      return (_, chance) => `"${instant(chance).slice(11)}"`;
    case "timestamp":
    case "timestamptz":
      return timestampMaker(field.type === "timestamptz" ? "Z" : "");
    case "uuid":
      return (seq, chance) => `"${hex(seq)}-0000-4000-8000-${hex(chance)}0000"`;
    case "bytes":
      return (_, chance) => `"${btoa(String(chance))}"`;
    case "interval":
      return (_, chance) => `"P${chance % 100}D"`;
    case "string":
      return (_, chance) => `"${WORDS[chance % 10]} ${chance % 1_000_000}"`;
    default:
      return (seq, chance) => `{"n":${seq},"word":"${WORDS[chance % 10]}"}`;
  }
}

/** `count / 64` in decimal: each of its fractions was written once. */
function sixtyFourths(count: number): string {
  return (count >> 6) + FRACTIONS[count & 63];
}

function decimalMaker(
  { precision = MOST_DIGITS, scale = 0 }: FieldType,
): Maker {
  const values = 10 ** Math.min(precision, MOST_DIGITS);
  if (scale > 0 && scale <= MOST_KNOWN_DIGITS) {
    const one = 10 ** scale;
    const fractions = Array.from(
      { length: one },
      (_, count) => `.${String(count).padStart(scale, "0")}"`,
    );
    return (_, chance) => {
      const value = chance % values;
      return `"${Math.floor(value / one)}${fractions[value % one]}`;
    };
  }
  return (_, chance) => {
    const digits = String(chance % values).padStart(scale + 1, "0");
    const point = digits.length - scale;
    return scale === 0
      ? `"${digits}"`
      : `"${digits.slice(0, point)}.${digits.slice(point)}"`;
  };
}

/** The second is nearly always that of the row before. */
function timestampMaker(zone: string): Maker {
  let second = -1;
  let begin = "";
  return (seq) => {
    const laterMs = seq * STEP_MS;
    if (Math.floor(laterMs / 1000) !== second) {
      second = Math.floor(laterMs / 1000);
      begin = `"${instant(second * 1000).slice(0, -3)}`;
    }
    return `${begin}${String(laterMs % 1000).padStart(3, "0")}${zone}"`;
  };
}

/** `2024-01-01T00:00:00.000` and so much later. */
function instant(laterMs: number): string {
  return new Date(FIRST_MS + laterMs).toISOString().slice(0, -1);
}

function hex(value: number): string {
  return (value % 2 ** 32).toString(16).padStart(8, "0");
}
