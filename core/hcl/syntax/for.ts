/**
 * Parses `[for k, v in c : value if cond]` and
 * `{for k, v in c : key => value... if cond}`.
 *
 * @module
 */

import type { Expression, ForExpression } from "../syntax_tree.ts";
import { parseExpression } from "./expression.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";
import { failUnclosed } from "./unclosed.ts";

const EXAMPLES = {
  tuple: "[for name in list : value]",
  object: "{for name in list : key => value}",
};

/** Behind the bracket; `for` follows. */
export function parseFor(
  reader: Reader,
  open: Token,
  form: "tuple" | "object",
): ForExpression {
  reader.read();
  const names = parseForNames(reader, EXAMPLES[form]);
  const collection = parseExpression(reader);
  const colon = reader.peek();
  if (!reader.skip(":")) {
    reader.fail(
      "for",
      colon,
      `expected ":" behind the collection, found ${reader.describe(colon)}`,
      `write: ${EXAMPLES[form]}`,
    );
  }
  const result = parseResult(reader, form);
  const condition = parseCondition(reader);
  const closer = form === "tuple" ? "]" : "}";
  const close = reader.peek();
  if (!reader.skip(closer)) {
    failUnclosed(reader, open, close, 'the "for" expression', `"${closer}"`);
  }
  const span = { start: open.start, end: close.end };
  return {
    kind: "for",
    span,
    form,
    ...names,
    collection,
    ...result,
    condition,
  };
}

/** `k, v in` or `v in`, also of the directive. */
export function parseForNames(
  reader: Reader,
  example: string,
): { keyName?: string; valueName: string } {
  const first = parseForName(reader, example);
  const second = reader.skip(",") ? parseForName(reader, example) : undefined;
  const next = reader.peek();
  if (!reader.isWord(next, "in")) {
    reader.fail(
      "for",
      next,
      `expected "in" behind the names of "for", found ${reader.describe(next)}`,
      `write: ${example}`,
    );
  }
  reader.read();
  return second === undefined
    ? { valueName: first }
    : { keyName: first, valueName: second };
}

function parseForName(reader: Reader, example: string): string {
  const token = reader.peek();
  if (token.kind !== "identifier") {
    reader.fail(
      "for",
      token,
      `expected a name behind "for", found ${reader.describe(token)}`,
      token.kind === "=" || token.kind === ":"
        ? 'a key called "for" stands in quotes: "for" = …'
        : `write: ${example}`,
    );
  }
  return reader.textOf(reader.read());
}

function parseResult(
  reader: Reader,
  form: "tuple" | "object",
): { key?: Expression; value: Expression; isGrouped: boolean } {
  const first = parseExpression(reader);
  const arrow = reader.skip("=>");
  const key = arrow && first;
  const value = arrow ? parseExpression(reader) : first;
  const dots = reader.skip("...");
  if (form === "object" && !key) refuse(reader, first, form, 'needs "key =>"');
  if (form === "tuple" && key) refuse(reader, key, form, "takes no key");
  if (form === "tuple" && dots) refuse(reader, dots, form, 'takes no "..."');
  return { key, value, isGrouped: dots !== undefined };
}

function refuse(
  reader: Reader,
  at: Expression | Token,
  form: "tuple" | "object",
  message: string,
): void {
  const what = form === "tuple" ? 'a "for" in [ ]' : 'a "for" in { }';
  const span = "span" in at ? at.span : at;
  const hint = `write: ${EXAMPLES[form]}`;
  reader.problems.report("for", span, `${what} ${message}`, hint);
}

function parseCondition(reader: Reader): Expression | undefined {
  if (!reader.isWord(reader.peek(), "if")) return undefined;
  reader.read();
  return parseExpression(reader);
}
