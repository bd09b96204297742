/**
 * Parses a value as such: a literal, a name, a call, or something in brackets.
 *
 * @module
 */

import type { Expression } from "../syntax_tree.ts";
import { parseCall } from "./call.ts";
import { parseObject, parseTuple } from "./collection.ts";
import { parseExpression, parseOperand } from "./expression.ts";
import { parseDigits } from "./number.ts";
import type { Reader } from "./reader.ts";
import { parseTemplate } from "./template.ts";
import type { Token } from "./token.ts";
import { failUnclosed } from "./unclosed.ts";

const KEYWORDS = new Map([["true", true], ["false", false], ["null", null]]);

export function parseTerm(reader: Reader): Expression {
  const token = reader.peek();
  switch (token.kind) {
    case "number": {
      reader.read();
      const digits = parseDigits(reader, token);
      return { kind: "number", span: spanOf(token), digits };
    }
    case "identifier":
      return parseWord(reader);
    case "open_quote":
    case "open_heredoc":
      return parseTemplate(reader);
    case "-":
    case "!":
      return reader.nested(() => parseUnary(reader, token.kind as "-" | "!"));
    case "(":
      return parseParentheses(reader);
    case "[":
      return parseTuple(reader);
    case "{":
      return parseObject(reader);
    default:
      return failNoValue(reader, token);
  }
}

function parseWord(reader: Reader): Expression {
  const token = reader.read();
  const next = reader.peek().kind;
  if (next === "(" || next === "::") return parseCall(reader, token);
  const name = reader.textOf(token);
  const value = KEYWORDS.get(name);
  return value === undefined
    ? { kind: "variable", span: spanOf(token), name }
    : { kind: "keyword", span: spanOf(token), value };
}

function parseUnary(reader: Reader, operator: "-" | "!"): Expression {
  const { start } = reader.read();
  const operand = parseOperand(reader);
  const span = { start, end: operand.span.end };
  return { kind: "unary", span, operator, operand };
}

function parseParentheses(reader: Reader): Expression {
  const open = reader.read();
  return reader.withNewlines(false, () => {
    const inner = parseExpression(reader);
    const close = reader.peek();
    if (close.kind !== ")") {
      failUnclosed(reader, open, close, "the pair of parentheses", '")"');
    }
    reader.read();
    const span = { start: open.start, end: close.end };
    return { kind: "parentheses", span, inner };
  });
}

function failNoValue(reader: Reader, token: Token): never {
  return reader.fail(
    "value",
    token,
    `expected a value, found ${reader.describe(token)}`,
    hintFor(token),
  );
}

function hintFor({ kind }: Token): string | undefined {
  switch (kind) {
    case "%":
      return "%{ … } has a meaning only inside of strings";
    case "<":
      return "a heredoc begins with << and a word, as in <<EOT";
    case ",":
      return "is there a comma too many?";
    case "newline":
      return "the value begins on this line; inside of ( ) or [ ] it may " +
        "continue on the next";
    case ".":
      return "a number begins with a digit, as in 0.5";
    default:
      return undefined;
  }
}

function spanOf({ start, end }: Token): { start: number; end: number } {
  return { start, end };
}
