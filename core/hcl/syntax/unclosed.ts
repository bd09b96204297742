/**
 * Says which brace is missing its partner.
 *
 * When the file ends inside of a block, the mistake is rarely in that block: an
 * inner one lacks its `}` and took the outer one's. Indentation tells which.
 *
 * @module
 */

import type { Expression } from "../syntax_tree.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";

/** The file ended inside the block that `open` opened. */
export function reportUnclosedBlock(
  reader: Reader,
  type: Token,
  open: Token,
): void {
  if (reader.isCutShort) return;
  const stolen = findStolenBrace(reader, open);
  if (stolen === undefined) {
    reader.problems.reportOnce(
      "unclosed",
      open,
      `the block "${reader.textOf(type)}" is not closed`,
      'its "}" is missing',
    );
  } else {
    const line = reader.problems.lineOf(stolen.close);
    reader.problems.reportOnce(
      "unclosed",
      stolen.open,
      'this "{" is not closed',
      `its "}" is missing before the one in line ${line}, which is indented less`,
    );
  }
  // The blocks around it lack the same brace.
  reader.isCutShort = true;
}

/**
 * A list, object, call or pair of parentheses goes on with something else.
 *
 * @param expected Such as `"," or "]"`.
 */
export function failUnclosed(
  reader: Reader,
  open: Token,
  found: Token,
  what: string,
  expected: string,
  hint?: string,
): never {
  if (reader.isClosed(open)) {
    return reader.fail(
      "separator",
      found,
      `expected ${expected} in ${what}, found ${reader.describe(found)}`,
      hint,
    );
  }
  const next = reader.backToName(found);
  const line = reader.problems.lineOf(next);
  const closer = expected.slice(expected.lastIndexOf(" ") + 1);
  return reader.fail(
    "unclosed",
    next,
    `${what} is not closed`,
    next.kind === "end"
      ? `${closer} is missing`
      : `${closer} is missing before ${reader.describe(next)} in line ${line}`,
    open,
  );
}

/** Fails where an item should begin and another pair of brackets ends. */
export function refuseForeignCloser(
  reader: Reader,
  open: Token,
  what: string,
  expected: string,
): void {
  const next = reader.peek();
  const isForeign = next.kind === "}" || next.kind === "]" ||
    next.kind === ")" || next.kind === "end";
  if (isForeign && !reader.isClosed(open)) {
    failUnclosed(reader, open, next, what, expected);
  }
}

const WORD_OPERATORS = new Map([["and", "&&"], ["or", "||"]]);

/**
 * What to say when `next` follows a value without anything between them:
 * `5s`, `0x1F` and `1_000` are a number and a word.
 */
export function hintForWord(
  reader: Reader,
  value: Expression,
  next: Token,
): string | undefined {
  const word = WORD_OPERATORS.get(reader.textOf(next));
  if (word !== undefined) return `write ${word}`;
  if (value.kind === "variable" && value.name === "not") return "write !";
  const isGlued = value.kind === "number" && next.kind === "identifier" &&
    value.span.end === next.start;
  if (!isGlued) return undefined;
  const whole = reader.textOf({ start: value.span.start, end: next.end });
  if (/^0[xXbBoO]/.test(whole)) return "numbers are decimal";
  if (/^[\d_]+$/.test(whole)) return `write ${whole.replaceAll("_", "")}`;
  return `a number has no unit: write "${whole}"`;
}

/** The first `}` that stands further left than the line of its `{`. */
function findStolenBrace(
  reader: Reader,
  outer: Token,
): { open: Token; close: Token } | undefined {
  const indentation = ({ start }: Token) => {
    const lineStart = reader.text.lastIndexOf("\n", start - 1) + 1;
    return /^[ \t]*/.exec(reader.text.slice(lineStart, start))![0].length;
  };
  return [...reader.bracesOverLines()]
    .filter(({ open }) => open.start > outer.start)
    .sort((a, b) => a.close.start - b.close.start)
    .find(({ open, close }) => indentation(close) < indentation(open));
}
