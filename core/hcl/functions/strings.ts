/**
 * Functions over text: case, trimming, splitting, searching.
 *
 * Characters are user-perceived ones where positions are counted (`substr`,
 * `strrev`); case changes one code point into one, as Go does.
 *
 * @module
 */

import { booleanValue, stringValue } from "../value.ts";
import {
  integerOf,
  listOfTexts,
  NUMBER,
  STRING,
  STRINGS,
  textOf,
  textsOf,
} from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";
import { graphemes } from "./graphemes.ts";
import { replaceMatches } from "./regex.ts";

/** What Go counts as white space. */
const SPACE = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028" +
  "\\u2029\\u202f\\u205f\\u3000";
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);
const ONE_SPACE = new RegExp(`[${SPACE}]`);

const str = { name: "str", type: STRING };

/** A function of texts that gives a text. */
function texts(
  names: readonly string[],
  call: (...texts: string[]) => string,
): FunctionDefinition {
  return {
    parameters: names.map((name) => ({ name, type: STRING })),
    call: (...args) => stringValue(call(...args.map(textOf))),
  };
}

/** A question about texts. */
function question(
  names: readonly string[],
  call: (...texts: string[]) => boolean,
): FunctionDefinition {
  return {
    parameters: names.map((name) => ({ name, type: STRING })),
    call: (...args) => booleanValue(call(...args.map(textOf))),
  };
}

export const STRING_FUNCTIONS: Record<string, FunctionDefinition> = {
  upper: texts(["str"], (text) => mapCodePoints(text, toUpper)),
  lower: texts(["str"], (text) => mapCodePoints(text, toLower)),
  title: texts(["str"], title),
  trimspace: texts(["str"], trimSpace),
  trim: texts(["str", "cutset"], trim),
  trimprefix: texts(
    ["str", "prefix"],
    (text, prefix) =>
      text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  trimsuffix: texts(
    ["str", "suffix"],
    (text, suffix) =>
      suffix !== "" && text.endsWith(suffix)
        ? text.slice(0, -suffix.length)
        : text,
  ),
  chomp: texts(["str"], chomp),
  strrev: texts(["str"], (text) => graphemes(text).reverse().join("")),
  replace: texts(["str", "substr", "replace"], replace),
  startswith: question(["str", "prefix"], (text, p) => text.startsWith(p)),
  endswith: question(["str", "suffix"], (text, s) => text.endsWith(s)),
  strcontains: question(["str", "substr"], (text, s) => text.includes(s)),
  indent: {
    parameters: [{ name: "spaces", type: NUMBER }, str],
    call: (spaces, text) =>
      stringValue(indent(integerOf(spaces, "spaces"), textOf(text))),
  },
  substr: {
    parameters: [
      str,
      { name: "offset", type: NUMBER },
      { name: "length", type: NUMBER },
    ],
    call: (text, offset, length) =>
      stringValue(
        substr(
          textOf(text),
          integerOf(offset, "offset"),
          integerOf(length, "length"),
        ),
      ),
  },
  split: {
    parameters: [{ name: "separator", type: STRING }, str],
    call: (separator, text) =>
      listOfTexts(split(textOf(separator), textOf(text))),
  },
  join: {
    parameters: [
      { name: "separator", type: STRING },
      { name: "list", type: STRINGS },
    ],
    rest: { name: "lists", type: STRINGS },
    call: (separator, ...lists) =>
      stringValue(
        lists.flatMap((list) => textsOf(list, "list")).join(textOf(separator)),
      ),
  },
};

function mapCodePoints(text: string, map: (character: string) => string) {
  let result = "";
  for (const character of text) result += map(character);
  return result;
}

/** `ß` has no upper case of one letter, so it stays. */
function toUpper(character: string): string {
  const upper = character.toUpperCase();
  return isOneCodePoint(upper) ? upper : character;
}

function toLower(character: string): string {
  const lower = character.toLowerCase();
  return isOneCodePoint(lower) ? lower : [...lower][0];
}

function isOneCodePoint(text: string): boolean {
  return text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1);
}

/** The first letter of each word; a word is letters, digits, `_`. */
function title(text: string): string {
  let isInWord = false;
  return mapCodePoints(text, (character) => {
    const isFirst = !isInWord;
    isInWord = !isSeparator(character);
    return isFirst ? toUpper(character) : character;
  });
}

function isSeparator(character: string): boolean {
  if (/[\p{L}\p{Nd}_]/u.test(character)) return false;
  return character.codePointAt(0)! < 0x80 || ONE_SPACE.test(character);
}

function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && ONE_SPACE.test(text[end - 1])) end--;
  return text.slice(0, end).replace(LEADING_SPACE, "");
}

function trim(text: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = [...text];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start])) start++;
  while (end > start && cut.has(characters[end - 1])) end--;
  return characters.slice(start, end).join("");
}

function chomp(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return text.slice(0, end);
}

/** `/…/` is a regular expression, anything else the text itself. */
function replace(text: string, search: string, replacement: string): string {
  if (search.length > 1 && search.startsWith("/") && search.endsWith("/")) {
    return replaceMatches(text, search.slice(1, -1), replacement);
  }
  if (search !== "") return text.split(search).join(replacement);
  return ["", ...text, ""].join(replacement);
}

function indent(spaces: number, text: string): string {
  if (spaces < 0 || spaces > 10_000) {
    throw new FunctionError(
      `"spaces" must be between 0 and 10000, got ${spaces}`,
      { argument: 0 },
    );
  }
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

function substr(text: string, offset: number, length: number): string {
  const characters = graphemes(text);
  const start = offset < 0 ? Math.max(0, offset + characters.length) : offset;
  const end = length < 0 ? undefined : start + length;
  return characters.slice(start, end).join("");
}

function split(separator: string, text: string): string[] {
  return separator === "" ? [...text] : text.split(separator);
}
