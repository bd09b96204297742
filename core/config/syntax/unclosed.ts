/**
 * Says which brace is missing its partner.
 *
 * When the file ends inside of a block, the mistake is rarely in that block: an
 * inner one lacks its `}` and took the outer one's. Indentation tells which.
 *
 * @module
 */

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
  const text = reader.describe(found);
  if (reader.isClosed(open)) {
    return reader.fail(
      "separator",
      found,
      `expected ${expected} in ${what}, found ${text}`,
      hint,
    );
  }
  const line = reader.problems.lineOf(found);
  const closer = expected.slice(expected.lastIndexOf(" ") + 1);
  return reader.fail(
    "unclosed",
    found,
    `${what} is not closed`,
    found.kind === "end"
      ? `${closer} is missing`
      : `${closer} is missing before ${text} in line ${line}`,
    open,
  );
}

/** The first `}` that stands further left than the line of its `{`. */
function findStolenBrace(
  reader: Reader,
  outer: Token,
): { open: Token; close: Token } | undefined {
  const pairs = [...reader.pairs()]
    .filter(({ open }) => open.kind === "{" && open.start > outer.start)
    .sort((a, b) => a.close.start - b.close.start);
  return pairs.find(({ open, close }) =>
    isFirstOnLine(reader.text, close) &&
    indentation(reader.text, close) < indentation(reader.text, open)
  );
}

function indentation(text: string, { start }: Token): number {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, start))![0].length;
}

function isFirstOnLine(text: string, { start }: Token): boolean {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return text.slice(lineStart, start).trim() === "";
}
