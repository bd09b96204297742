/**
 * The functions of a template: Go's own, and the sprig ones people use.
 *
 * What looks at the environment or decides whether an unset variable is allowed
 * (`env`, `default`, `coalesce`, `empty`, `required`, `and`, `or`) is in
 * execute.ts.
 *
 * @module
 */

import {
  type Datum,
  isDict,
  isEmpty,
  isList,
  Moment,
  sortedEntries,
  toJson,
  typeName,
} from "./datum.ts";
import { print, quote, sprintf } from "./go_format.ts";
import { formatTime, localZone } from "./go_time.ts";

/** One function; arguments come in Go's order, the piped one last. */
export interface TemplateFunction {
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Its text is a JSON-like literal, in which `$` may be escaped. */
  readonly isLiteral?: boolean;
  /** @throws {Error} With a message for the user. */
  readonly call: (args: readonly Datum[], wallMs: () => number) => Datum;
}

/** The longest list `until` or text `repeat` makes. */
const MAX_SIZE = 100_000;

function of(
  minArgs: number,
  maxArgs: number,
  call: TemplateFunction["call"],
  isLiteral = false,
): TemplateFunction {
  return { minArgs, maxArgs, call, isLiteral };
}

const strings: Record<string, TemplateFunction> = {
  upper: of(1, 1, ([s]) => mapLetters(text(s), (c) => c.toUpperCase())),
  lower: of(1, 1, ([s]) => mapLetters(text(s), (c) => c.toLowerCase())),
  title: of(1, 1, ([s]) => title(text(s))),
  trim: of(1, 1, ([s]) => trimSpace(text(s))),
  trimAll: of(2, 2, ([cut, s]) => trimAll(text(s), text(cut))),
  trimPrefix: of(2, 2, ([part, s]) => {
    return text(s).startsWith(text(part))
      ? text(s).slice(text(part).length)
      : text(s);
  }),
  trimSuffix: of(2, 2, ([part, s]) => {
    const [whole, end] = [text(s), text(part)];
    return whole.endsWith(end)
      ? whole.slice(0, whole.length - end.length)
      : whole;
  }),
  replace: of(
    3,
    3,
    ([old, by, s]) => text(s).replaceAll(text(old), () => text(by)),
  ),
  repeat: of(2, 2, ([count, s]) => {
    const times = Math.max(0, Number(integer(count)));
    if (times * text(s).length > MAX_SIZE) throw tooLong();
    return text(s).repeat(times);
  }),
  contains: of(2, 2, ([part, s]) => text(s).includes(text(part))),
  hasPrefix: of(2, 2, ([part, s]) => text(s).startsWith(text(part))),
  hasSuffix: of(2, 2, ([part, s]) => text(s).endsWith(text(part))),
  quote: of(0, Infinity, (args) => {
    return args.filter((a) => a !== null).map((a) => quote(print(a))).join(" ");
  }, true),
  squote: of(0, Infinity, (args) => {
    return args.filter((a) => a !== null).map((a) => `'${print(a)}'`).join(" ");
  }),
  b64enc: of(1, 1, ([s]) => encodeBase64(text(s))),
  b64dec: of(1, 1, ([s]) => decodeBase64(text(s))),
  toJson: of(1, 1, ([value]) => toJson(value), true),
  toString: of(1, 1, ([value]) => value === null ? "<nil>" : print(value)),
  split: of(2, 2, ([by, s]) => {
    return new Map(splitText(s, by).map((part, i) => [`_${i}`, part]));
  }),
  splitList: of(2, 2, ([by, s]) => splitText(s, by)),
  join: of(2, 2, ([by, items]) => {
    const parts = isList(items) ? items : [items];
    return parts.filter((p) => p !== null).map(print).join(text(by));
  }),
  print: of(0, Infinity, printAll),
  println: of(0, Infinity, (args) => `${args.map(print).join(" ")}\n`),
  printf: of(1, Infinity, ([format, ...rest]) => sprintf(text(format), rest)),
};

const numbers: Record<string, TemplateFunction> = {
  int: of(1, 1, ([value]) => toInteger(value)),
  add: of(0, Infinity, (args) => wrap(sum(args.map(toInteger)))),
  sub: of(2, 2, ([a, b]) => wrap(toInteger(a) - toInteger(b))),
  mul: of(
    1,
    Infinity,
    (args) => wrap(args.map(toInteger).reduce((a, b) => a * b)),
  ),
  div: of(2, 2, ([a, b]) => toInteger(a) / notZero(toInteger(b))),
  mod: of(2, 2, ([a, b]) => toInteger(a) % notZero(toInteger(b))),
  max: of(
    1,
    Infinity,
    (args) => args.map(toInteger).reduce((a, b) => a > b ? a : b),
  ),
  min: of(
    1,
    Infinity,
    (args) => args.map(toInteger).reduce((a, b) => a < b ? a : b),
  ),
  until: of(1, 1, ([count]) => {
    const length = Math.max(0, Number(integer(count)));
    if (length > MAX_SIZE) throw tooLong();
    return Array.from({ length }, (_, i) => BigInt(i));
  }),
};

const collections: Record<string, TemplateFunction> = {
  list: of(0, Infinity, (args) => [...args]),
  dict: of(0, Infinity, dict),
  len: of(1, 1, ([value]) => length(value)),
  index: of(1, Infinity, ([value, ...keys]) => keys.reduce(index, value)),
  first: of(1, 1, ([items]) => list(items)[0] ?? null),
  last: of(1, 1, ([items]) => list(items).at(-1) ?? null),
  keys: of(1, 1, ([value]) => dictEntries(value).map(([key]) => key)),
  values: of(1, 1, ([value]) => dictEntries(value).map(([, item]) => item)),
  hasKey: of(2, 2, ([value, key]) => {
    return dictEntries(value).some(([name]) => name === text(key));
  }),
};

const logic: Record<string, TemplateFunction> = {
  not: of(1, 1, ([value]) => isEmpty(value)),
  eq: of(2, Infinity, ([a, ...others]) => others.some((b) => isEqual(a, b))),
  ne: of(2, 2, ([a, b]) => !isEqual(a, b)),
  lt: of(2, 2, ([a, b]) => compare(a, b) < 0),
  le: of(2, 2, ([a, b]) => compare(a, b) <= 0),
  gt: of(2, 2, ([a, b]) => compare(a, b) > 0),
  ge: of(2, 2, ([a, b]) => compare(a, b) >= 0),
  ternary: of(3, 3, ([yes, no, test]) => boolean(test) ? yes : no),
};

const times: Record<string, TemplateFunction> = {
  now: of(0, 0, (_, wallMs) => new Moment(wallMs())),
  // Go's takes a time as well; without one, now is the only sensible one.
  date: of(1, 2, ([layout, at], wallMs) => {
    const ms = at === undefined ? wallMs() : moment(at);
    return formatTime(text(layout), ms, localZone(ms));
  }),
};

/** Every plain function by name. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({
    ...strings,
    ...numbers,
    ...collections,
    ...logic,
    ...times,
  }),
);

/** A text, or a scalar as Go prints it. */
export function text(value: Datum): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value === "object") {
    throw expected("a text", value);
  }
  return print(value);
}

function expected(what: string, value: Datum): Error {
  return new Error(`expected ${what}, got ${typeName(value)}`);
}

function tooLong(): Error {
  return new Error(`the result would have more than ${MAX_SIZE} parts`);
}

function integer(value: Datum): bigint {
  if (typeof value === "bigint") return value;
  throw expected("an integer", value);
}

function boolean(value: Datum): boolean {
  if (typeof value === "boolean") return value;
  throw expected("a boolean", value);
}

function list(value: Datum): readonly Datum[] {
  if (isList(value)) return value;
  throw expected("a list", value);
}

function dictEntries(value: Datum): [string, Datum][] {
  if (isDict(value)) return sortedEntries(value);
  throw expected("a dict", value);
}

function moment(value: Datum): number {
  if (value instanceof Moment) return value.wallMs;
  if (typeof value === "bigint") return Number(value) * 1000;
  throw expected("a time", value);
}

/** sprig's `int`: what can't be read is 0. */
function toInteger(value: Datum): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return BigInt(Math.trunc(value) || 0);
  if (typeof value !== "string") return 0n;
  if (/^[+-]?\d+$/.test(value)) return wrap(BigInt(value.replace(/^\+/, "")));
  return /^[+-]?0[xX][\da-fA-F]+$/.test(value) ? BigInt(value) : 0n;
}

/** Go's int64 wraps around. */
function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a + b, 0n);
}

function notZero(value: bigint): bigint {
  if (value === 0n) throw new Error("division by zero");
  return value;
}

/** `fmt.Sprint`: a space between two values that are both no strings. */
function printAll(args: readonly Datum[]): string {
  let out = "";
  args.forEach((arg, i) => {
    const before = args[i - 1];
    const spaced = i > 0 && typeof arg !== "string" &&
      typeof before !== "string";
    out += (spaced ? " " : "") + print(arg);
  });
  return out;
}

/** Letter by letter, as Go does: "ß" has no upper case of one letter. */
function mapLetters(s: string, map: (letter: string) => string): string {
  return [...s].map((letter) => {
    const mapped = map(letter);
    return [...mapped].length === 1 ? mapped : letter;
  }).join("");
}

/** `strings.Title`: the first letter of every word. */
function title(s: string): string {
  return s.replace(
    /(^|[^\p{L}\p{Nd}_])(\p{L})/gu,
    (_, before, letter) => before + letter.toUpperCase(),
  );
}

/** `strings.TrimSpace` */
function trimSpace(s: string): string {
  return s.replace(/^[\s\x85]+|[\s\x85]+$/g, "");
}

function trimAll(s: string, cut: string): string {
  const characters = [...s];
  while (characters.length > 0 && cut.includes(characters[0])) {
    characters.shift();
  }
  while (characters.length > 0 && cut.includes(characters.at(-1)!)) {
    characters.pop();
  }
  return characters.join("");
}

function splitText(s: Datum, by: Datum): string[] {
  return text(by) === "" ? [...text(s)] : text(s).split(text(by));
}

function encodeBase64(s: string): string {
  const bytes = new TextEncoder().encode(s);
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}

function decodeBase64(s: string): string {
  try {
    const binary = atob(s);
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(
      bytes,
    );
  } catch {
    throw new Error("that is not base64 of a text");
  }
}

function dict(args: readonly Datum[]): Datum {
  const entries = new Map<string, Datum>();
  for (let i = 0; i < args.length; i += 2) {
    entries.set(print(args[i]), args[i + 1] ?? "");
  }
  return entries;
}

function length(value: Datum): bigint {
  if (typeof value === "string") {
    return BigInt(new TextEncoder().encode(value).length);
  }
  if (isList(value)) return BigInt(value.length);
  if (isDict(value)) return BigInt(value.size);
  throw expected("a text, a list or a dict", value);
}

function index(value: Datum, key: Datum): Datum {
  if (isDict(value)) return value.get(text(key)) ?? null;
  const at = Number(integer(key));
  const items = list(value);
  if (at >= 0 && at < items.length) return items[at];
  throw new Error(`index ${at} is out of range: there are ${items.length}`);
}

function isEqual(a: Datum, b: Datum): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b || typeof a === "object") throw unlike(a, b);
  return a === b;
}

function compare(a: Datum, b: Datum): number {
  const isOrdered = ["string", "bigint", "number"].includes(typeof a);
  if (!isOrdered || typeof a !== typeof b) throw unlike(a, b);
  const [x, y] = [a as string, b as string];
  return x < y ? -1 : x > y ? 1 : 0;
}

function unlike(a: Datum, b: Datum): Error {
  return new Error(`${typeName(a)} and ${typeName(b)} can't be compared`);
}
