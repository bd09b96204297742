/**
 * Parses function calls: `name(a, b)`, `space::name(list...)`.
 *
 * @module
 */

import type { Expression, FunctionCall } from "../syntax_tree.ts";
import { parseExpression } from "./expression.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";
import { failUnclosed, refuseForeignCloser } from "./unclosed.ts";

const EXPECTED = '"," or ")"';

/** Behind the first word of the name; `(` or `::` follows. */
export function parseCall(reader: Reader, first: Token): FunctionCall {
  const { name, end } = parseName(reader, first);
  const nameSpan = { start: first.start, end };
  const open = reader.read();
  return reader.withNewlines(false, () => {
    const { args, expandLast } = parseArguments(reader, open, name);
    const close = reader.read();
    const span = { start: first.start, end: close.end };
    return { kind: "call", span, name, nameSpan, args, expandLast };
  });
}

function parseName(
  reader: Reader,
  first: Token,
): { name: string; end: number } {
  let name = reader.textOf(first);
  let end = first.end;
  while (reader.skip("::")) {
    const next = reader.peek();
    if (next.kind !== "identifier") {
      reader.fail(
        "value",
        next,
        `expected the name of a function behind "${name}::", found ${
          reader.describe(next)
        }`,
      );
    }
    reader.read();
    name += `::${reader.textOf(next)}`;
    end = next.end;
  }
  const next = reader.peek();
  if (next.kind !== "(") {
    reader.fail(
      "value",
      next,
      `expected "(" behind the function "${name}", found ${
        reader.describe(next)
      }`,
    );
  }
  return { name, end };
}

/** Up to the `)`, which is the next token then. */
function parseArguments(
  reader: Reader,
  open: Token,
  name: string,
): { args: Expression[]; expandLast: boolean } {
  const args: Expression[] = [];
  const recovery = { container: open, separators: [","] as const };
  const what = `the call of "${name}"`;
  let expandLast = false;
  while (reader.peek().kind !== ")") {
    const arg = reader.attempt(recovery, () => {
      refuseForeignCloser(reader, open, what, EXPECTED);
      const value = parseExpression(reader);
      expandLast = endArgument(reader, open, what);
      return value;
    });
    if (arg !== undefined) args.push(arg);
    if (!reader.skip(",")) break;
  }
  return { args, expandLast };
}

/** @returns Whether `...` stood behind the argument. */
function endArgument(reader: Reader, open: Token, what: string): boolean {
  const dots = reader.skip("...");
  const next = reader.peek();
  if (next.kind === ")") return dots !== undefined;
  if (dots !== undefined) {
    reader.fail(
      "separator",
      next,
      `"..." ends the arguments of a call, found ${
        reader.describe(next)
      } behind it`,
      'only the last argument can be expanded, and ")" follows it',
    );
  }
  if (next.kind === ",") return false;
  const hint = next.kind === "="
    ? "arguments have no names"
    : "arguments are separated by commas";
  return failUnclosed(reader, open, next, what, EXPECTED, hint);
}
