/**
 * `format` and `formatlist`: Terraform's printf.
 *
 * `%[flags][width][.precision][[index]]verb`. Widths count user-perceived
 * characters. Numbers are formatted by number_format.ts.
 *
 * @module
 */

import { ConversionError, convert } from "../expressions/convert.ts";
import { stringValue, type Value } from "../value.ts";
import {
  ANY,
  BOOLEAN,
  listOfTexts,
  NUMBER,
  STRING,
  textOf,
} from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";
import { graphemes } from "./graphemes.ts";
import { encodeJson, encodeString } from "./json.ts";
import { formatNumber, formatShortest } from "./number_format.ts";

/** One `%…` of a format string. */
export interface Verb {
  /** As written. */
  readonly text: string;
  readonly letter: string;
  readonly flags: ReadonlySet<string>;
  readonly width?: number;
  readonly precision?: number;
}

const MAX_WIDTH = 10_000;
const PIECE =
  /[^%]+|%%|%([0#\-+ ]*)([1-9]\d*)?(?:\.(\d*))?(?:\[([1-9]\d*)\])?([a-zA-Z])|(%)/g;

const parameters = [{ name: "format", type: STRING }];
const rest = { name: "args", type: ANY, isNullable: true };

export const FORMAT_FUNCTIONS: Record<string, FunctionDefinition> = {
  format: {
    parameters,
    rest,
    call: (spec, ...args) => stringValue(format(textOf(spec), args)),
  },
  formatlist: {
    parameters,
    rest,
    call: (spec, ...args) => listOfTexts(formatList(textOf(spec), args)),
  },
};

function format(spec: string, args: readonly Value[]): string {
  let result = "";
  let next = 0;
  let used = 0;
  for (const piece of spec.matchAll(PIECE)) {
    const [text, , , , index, letter, stray] = piece;
    if (stray !== undefined) throw strayPercent(spec, piece.index);
    if (letter === undefined) {
      result += text === "%%" ? "%" : text;
      continue;
    }
    const position = index === undefined ? next : Number(index) - 1;
    if (position >= args.length) throw tooFew(text, position, args.length);
    result += formatOne(readVerb(piece), args[position], position);
    next = position + 1;
    used = Math.max(used, next);
  }
  if (used < args.length) throw tooMany(used, args.length);
  return result;
}

/** Lists are gone through together, everything else is used again each time. */
function formatList(spec: string, args: readonly Value[]): string[] {
  const lengths = new Set<number>();
  for (const arg of args) {
    if (arg.kind === "list") lengths.add(arg.items.length);
  }
  if (lengths.size > 1) {
    throw new FunctionError(
      `the lists have different lengths: ${[...lengths].join(" and ")}`,
      { isPublic: true },
    );
  }
  const [count = 1] = lengths;
  return Array.from(
    { length: count },
    (_, i) =>
      format(spec, args.map((arg) => arg.kind === "list" ? arg.items[i] : arg)),
  );
}

function readVerb(piece: RegExpMatchArray): Verb {
  const [text, flags, width, precision, , letter] = piece;
  const verb = {
    text,
    letter,
    flags: new Set(flags),
    width: width === undefined ? undefined : Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  };
  if ((verb.width ?? 0) > MAX_WIDTH || (verb.precision ?? 0) > MAX_WIDTH) {
    throw new FunctionError(`"${text}" is wider than ${MAX_WIDTH} characters`, {
      argument: 0,
    });
  }
  return verb;
}

function formatOne(verb: Verb, value: Value, position: number): string {
  if (verb.letter !== "v" && value.kind === "null") {
    throw new FunctionError(`null cannot be formatted with "${verb.text}"`, {
      argument: position + 1,
    });
  }
  try {
    return formatValue(verb, value);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new FunctionError(`"${verb.text}": ${error.message}`, {
      argument: position + 1,
    });
  }
}

function formatValue(verb: Verb, value: Value): string {
  switch (verb.letter) {
    case "v":
      return pad(verb, defaultText(verb, value));
    case "t":
      return encodeJson(convert(value, BOOLEAN));
    case "s":
      return pad(verb, cut(verb, textOf(convert(value, STRING))));
    case "q":
      return pad(verb, encodeString(cut(verb, textOf(convert(value, STRING)))));
    default: {
      const number = convert(value, NUMBER);
      const digits = number.kind === "number" ? number.digits : "0";
      return formatNumber(verb, digits);
    }
  }
}

/** `%#v` is JSON; `%v` too, except for texts and numbers. */
function defaultText(verb: Verb, value: Value): string {
  if (verb.flags.has("#")) return encodeJson(value);
  if (value.kind === "string") return value.value;
  return value.kind === "number"
    ? formatShortest(value.digits)
    : encodeJson(value);
}

function cut({ precision }: Verb, text: string): string {
  return precision ? graphemes(text).slice(0, precision).join("") : text;
}

function pad({ width = 0, flags }: Verb, text: string): string {
  const missing = width - graphemes(text).length;
  if (missing <= 0) return text;
  const padding = (flags.has("0") ? "0" : " ").repeat(missing);
  return flags.has("-") ? text + padding : padding + text;
}

function strayPercent(spec: string, at: number): FunctionError {
  return new FunctionError(
    `"${spec.slice(at, at + 5)}" is no format verb`,
    { argument: 0, hint: "write %% for a percent sign" },
  );
}

function tooFew(verb: string, position: number, count: number) {
  return new FunctionError(
    `"${verb}" needs argument ${position + 1}, there ${
      count === 0 ? "are none" : count === 1 ? "is 1" : `are ${count}`
    }`,
    { argument: 0, isPublic: true },
  );
}

function tooMany(used: number, count: number): FunctionError {
  return new FunctionError(
    `the format uses ${used} of ${count} arguments`,
    { argument: used + 1, isPublic: true },
  );
}
