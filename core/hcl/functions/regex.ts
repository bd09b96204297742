/**
 * `regex`, `regexall` and `replace` with `/…/`: RE2's syntax and its promise.
 *
 * JavaScript's own expressions backtrack, and a pattern such as `(a+)+$` takes
 * for ever on the wrong text. RE2 takes time proportional to the text and has no
 * lookaround or back references, which are refused with a message. The library
 * is loaded beforehand, and only when a file calls one of these.
 *
 * @module
 */

import type { RE2JS } from "re2js";
import {
  listValue,
  nullValue,
  objectValue,
  stringValue,
  type Type,
  type Value,
} from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

type Engine = typeof RE2JS;
type Matcher = ReturnType<RE2JS["matcher"]>;

const MAX_MATCHES = 100_000;
/** Patterns are compiled once; a loop uses the same one again and again. */
const MAX_COMPILED = 100;

let engine: Engine | undefined;
const compiled = new Map<string, RE2JS>();

/** Has to be done before one of these functions is called. */
export async function loadRegexEngine(): Promise<void> {
  engine ??= (await import("re2js")).RE2JS;
}

const parameters = [
  { name: "pattern", type: STRING },
  { name: "string", type: STRING },
];

export const REGEX_FUNCTIONS: Record<string, FunctionDefinition> = {
  regex: {
    parameters,
    call: (pattern, text) => {
      const shape = shapeOf(compile(textOf(pattern), 0));
      for (const match of matches(shape.regex, textOf(text))) {
        return shape.toValue(match);
      }
      throw new FunctionError("the pattern matches nothing in the string", {
        argument: 1,
        hint: "use regexall to get an empty list, or try to give a default",
      });
    },
  },
  regexall: {
    parameters,
    call: (pattern, text) => {
      const shape = shapeOf(compile(textOf(pattern), 0));
      const results: Value[] = [];
      for (const match of matches(shape.regex, textOf(text))) {
        results.push(shape.toValue(match));
      }
      return listValue(results, { kind: "list", element: shape.type });
    },
  },
};

/** Go's `ReplaceAllString`: `$1`, `${name}`, and `$$` for a dollar sign. */
export function replaceMatches(
  text: string,
  pattern: string,
  replacement: string,
): string {
  const regex = compile(pattern, 1);
  let result = "";
  let end = 0;
  for (const match of matches(regex, text)) {
    result += text.slice(end, match.start()) +
      expand(replacement, match, regex);
    end = match.end();
  }
  return result + text.slice(end);
}

function compile(pattern: string, argument: number): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (engine === undefined) throw new Error("loadRegexEngine() comes first");
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  try {
    const regex = engine.compile(pattern);
    compiled.set(pattern, regex);
    return regex;
  } catch (error) {
    throw badPattern(pattern, error as Error, argument);
  }
}

function badPattern(pattern: string, error: Error, argument: number) {
  const reason = error.message.replace(/^error parsing regexp: /, "");
  const hasLookaround = /\(\?(?:[=!]|<[=!])/.test(pattern);
  const hasBackReference = /\\[1-9k]/.test(pattern);
  return new FunctionError(`the pattern is not valid: ${reason}`, {
    argument,
    hint: hasLookaround || hasBackReference
      ? "patterns are RE2's: there is no lookahead, lookbehind or back reference"
      : undefined,
  });
}

/** An empty match right after the one before is none, as in Go. */
function* matches(regex: RE2JS, text: string): Generator<Matcher> {
  const matcher = regex.matcher(text);
  let previousEnd = -1;
  for (let count = 0; matcher.find(); count++) {
    if (count >= MAX_MATCHES) {
      throw new FunctionError(`more than ${MAX_MATCHES} matches`);
    }
    const isAbutting = matcher.start() === matcher.end() &&
      matcher.end() === previousEnd;
    previousEnd = matcher.end();
    if (!isAbutting) yield matcher;
  }
}

interface Shape {
  readonly regex: RE2JS;
  readonly type: Type;
  toValue(match: Matcher): Value;
}

/** A string without groups, a list of unnamed ones, an object of named ones. */
function shapeOf(regex: RE2JS): Shape {
  const count = regex.groupCount();
  const names = Object.entries(regex.namedGroups());
  if (count === 0) {
    return {
      regex,
      type: STRING,
      toValue: (match) => stringValue(match.group() ?? ""),
    };
  }
  if (names.length === 0) {
    return {
      regex,
      type: { kind: "tuple", elements: Array(count).fill(STRING) },
      toValue: (match) =>
        listValue(
          Array.from({ length: count }, (_, i) => groupValue(match, i + 1)),
        ),
    };
  }
  if (names.length !== count) {
    throw new FunctionError("groups must all have a name, or none of them", {
      argument: 0,
    });
  }
  return {
    regex,
    type: {
      kind: "object",
      attributes: new Map(names.map(([name]) => [name, STRING])),
    },
    toValue: (match) =>
      objectValue(names.map(([name, i]) => [name, groupValue(match, i)])),
  };
}

function groupValue(match: Matcher, group: number): Value {
  const text = match.group(group);
  return text === null ? nullValue(STRING) : stringValue(text);
}

function expand(replacement: string, match: Matcher, regex: RE2JS): string {
  return replacement.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_, dollar?: string, braced?: string, bare?: string) => {
      if (dollar !== undefined) return "$";
      const name = braced ?? bare ?? "";
      const group = /^\d+$/.test(name)
        ? Number(name)
        : regex.namedGroups()[name];
      const isKnown = group !== undefined && group <= regex.groupCount();
      return isKnown ? match.group(group) ?? "" : "";
    },
  );
}
