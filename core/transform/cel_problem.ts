/**
 * What is wrong with an expression, in the words and at the place a user knows.
 *
 * @module
 */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { PlacedText } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { didYouMean, nearest } from "../base/nearest.ts";
import { pathOf } from "./needs.ts";
import { formatPath, ROOTS } from "./path.ts";
import { TIMESTAMP } from "./timestamp.ts";

/** What the library throws. */
export interface CelError extends Error {
  readonly code?: string;
  /** Without the excerpt that `message` has. */
  readonly summary?: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: unknown;
}

/** What the library knows. */
export interface KnownNames {
  readonly functions: readonly { readonly name: string }[];
}

/** Tokens as people write them. */
const TOKENS: Readonly<Record<string, string>> = {
  EOF: "the end of the expression",
  IDENTIFIER: "a name",
  NUMBER: "a number",
  STRING: "a string",
  LPAREN: "(",
  RPAREN: ")",
  LBRACKET: "[",
  RBRACKET: "]",
  LBRACE: "{",
  RBRACE: "}",
  DOT: ".",
  COMMA: ",",
  COLON: ":",
  QUESTION: "?",
  EQ: "==",
  NE: "!=",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
  AND: "&&",
  OR: "||",
  NOT: "!",
  PLUS: "+",
  MINUS: "-",
  MULTIPLY: "*",
  DIVIDE: "/",
  MODULO: "%",
  IN: "in",
};

/** Words and signs of other languages. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  and: "&&",
  or: "||",
  not: "!",
  is: "==",
  like: "matches()",
};

/** A compile-time mistake. */
export function celProblem(
  error: CelError,
  written: PlacedText,
  names: KnownNames,
): Diagnostic {
  const { text } = written;
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const marked = markedSpan(text, start, end, error);
  const isType = error.name === "TypeError";
  return {
    severity: "error",
    code: isType ? "config.expression_type" : "config.expression_syntax",
    message: isWord(text.slice(marked.start, marked.end), error)
      ? `"${text.slice(marked.start, marked.end)}" is not expected here`
      : describe(error),
    at: written.locate(marked.start, marked.end),
    hint: hintFor(error, text, marked, names),
  };
}

/** The library speaks of a word's last character. */
function isWord(marked: string, { code }: CelError): boolean {
  return code === "unexpected_character" && /^\w+$/.test(marked);
}

/** What went wrong with one envelope; never quotes the expression. */
export function describeRunTime(error: CelError): string {
  if (error.code === "no_such_key") return noSuchKey(error);
  return describe(error);
}

function describe(error: CelError): string {
  const summary = error.summary ?? error.message.split("\n")[0];
  const readable = summary
    .replace(/dyn<([^<>]*)>/g, "$1")
    .replace(`${TIMESTAMP}(`, "timestamp(")
    .replace(
      /Expected ([A-Z]+), got ([A-Z]+)/,
      (_, wanted, got) => `expected ${token(wanted)}, got ${token(got)}`,
    )
    .replace(
      /Unexpected token: ([A-Z]+)/,
      (_, got) => `${token(got)} is not expected here`,
    )
    .replace(/^Unknown variable: (.*)/, 'there is no variable "$1"')
    .replace(
      /^found no matching overload for '(.*)'$/,
      "there is no function $1",
    )
    .replace(/^no such overload: /, "there is no operation ");
  return readable.charAt(0).toLowerCase() + readable.slice(1);
}

function token(name: string): string {
  const known = TOKENS[name] ?? name.toLowerCase();
  return known.length <= 2 && !/^\w/.test(known) ? `"${known}"` : known;
}

function noSuchKey({ node, summary = "" }: CelError): string {
  const path = node === undefined ? undefined : pathOf(node as ASTNode, true);
  const name = path === undefined
    ? `"${summary.replace("No such key: ", "")}"`
    : formatPath(path);
  return `there is no ${name}`;
}

/** The name of a function, rather than the whole call. */
function markedSpan(
  text: string,
  start: number,
  end: number,
  { code }: CelError,
): { start: number; end: number } {
  if (code !== "no_matching_overload") return { start, end };
  const name = functionName(text.slice(start, end));
  const at = name === undefined ? -1 : text.indexOf(`${name}(`, start);
  return at < 0 ? { start, end } : { start: at, end: at + name!.length };
}

/** Of the last call: `a.b(c).d(e)` is a call of `d`. */
function functionName(call: string): string | undefined {
  let depth = 0;
  for (let at = call.length - 1; at >= 0; at--) {
    if (call[at] === ")") depth++;
    if (call[at] === "(" && --depth === 0) {
      return /\w+$/.exec(call.slice(0, at))?.[0];
    }
  }
  return undefined;
}

function hintFor(
  { code }: CelError,
  text: string,
  { start, end }: { start: number; end: number },
  { functions }: KnownNames,
): string | undefined {
  const marked = text.slice(start, end);
  switch (code) {
    case "unknown_variable": {
      const other = OTHER_WORDS[marked.toLowerCase()];
      if (other !== undefined) return `write ${other}`;
      const fields = `fields are data.${marked} or metadata.${marked}`;
      return didYouMean(marked, ROOTS) ?? fields;
    }
    case "no_matching_overload": {
      const known = new Set(functions.map(({ name }) => name));
      known.delete(TIMESTAMP);
      if (known.has(marked)) return "look at the kinds of its arguments";
      const near = nearest(marked, known);
      return near && `did you mean "${near}"?`;
    }
    case "unexpected_character":
      return hintForCharacter(text, start, end);
    case "unterminated_string":
      return "close it with the quote it began with";
    case "incompatible_ternary_branches":
      return "dyn(…) around one of them allows both";
    default:
      return undefined;
  }
}

function hintForCharacter(
  text: string,
  start: number,
  end: number,
): string | undefined {
  const sign = text.slice(start, end);
  if (sign === "=") {
    return text[start - 1] === "="
      ? "== compares, there is no ==="
      : "== compares; nothing can be assigned";
  }
  if (sign === "&" || sign === "|") return `write ${sign}${sign}`;
  const word = /\w*$/.exec(text.slice(0, end).trimEnd())?.[0].toLowerCase();
  const before = /(\w+)\s+\S*$/.exec(text.slice(0, end))?.[1].toLowerCase();
  const other = OTHER_WORDS[word ?? ""] ?? OTHER_WORDS[before ?? ""];
  return other && `write ${other}`;
}
