/**
 * Parses expressions: operators and conditionals here, what they combine in
 * term.ts and traversal.ts.
 *
 * @module
 */

import type { BinaryOperator, Expression } from "../syntax_tree.ts";
import type { Reader } from "./reader.ts";
import { parseTerm } from "./term.ts";
import type { TokenKind } from "./token.ts";
import { parseTraversals } from "./traversal.ts";

/** Higher binds tighter; all of them group from the left. */
const PRECEDENCE: Readonly<Partial<Record<TokenKind, number>>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

export function parseExpression(reader: Reader): Expression {
  return reader.nested(() => parseConditional(reader));
}

function parseConditional(reader: Reader): Expression {
  const condition = parseBinary(reader, 1);
  if (!reader.skip("?")) return condition;
  const then = parseExpression(reader);
  const next = reader.peek();
  if (!reader.skip(":")) {
    reader.fail(
      "value",
      next,
      `expected ":" and a value for the other case, found ${
        reader.describe(next)
      }`,
      "a conditional is written: condition ? value : other value",
    );
  }
  const otherwise = parseExpression(reader);
  const span = { start: condition.span.start, end: otherwise.span.end };
  return { kind: "conditional", span, condition, then, otherwise };
}

function parseBinary(reader: Reader, minimum: number): Expression {
  let left = parseOperand(reader);
  for (;;) {
    const { kind } = reader.peek();
    const level = PRECEDENCE[kind] ?? 0;
    if (level < minimum) return left;
    reader.read();
    const right = parseBinary(reader, level + 1);
    const span = { start: left.span.start, end: right.span.end };
    const operator = kind as BinaryOperator;
    left = { kind: "binary", span, operator, left, right };
  }
}

/** A term with everything that is read from it: `a.b[0]`. */
export function parseOperand(reader: Reader): Expression {
  return parseTraversals(reader, parseTerm(reader));
}
