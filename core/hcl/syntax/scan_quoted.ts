/**
 * Scans the text between quotes, up to the next `${`, `%{` or quote.
 *
 * A single `$` or `%` is a token of its own, as in HashiCorp's scanner: strip
 * markers take blanks from the token beside them and no further.
 *
 * @module
 */

import type { Mode, Scanner } from "./scanner.ts";

const PLAIN = /(?:[^\\"$%\r\n]|\\[^\r\n])+/y;

export function scanQuotedText(
  scanner: Scanner,
  mode: Mode & { kind: "quoted" },
): void {
  const { text, at } = scanner;
  switch (text[at]) {
    case '"':
      scanner.pop();
      return scanner.emit("close_quote", at + 1);
    case "$":
    case "%": {
      if (text[at + 1] === "{") return scanner.openSequence();
      return scanner.emit("quoted_text", at + dollarLength(text, at));
    }
    case "\r":
    case "\n":
      return scanner.closeUnclosedQuote(mode);
  }
  PLAIN.lastIndex = at;
  if (PLAIN.test(text)) return scanner.emit("quoted_text", PLAIN.lastIndex);
  // A backslash at the end of the line: the string is not closed either.
  scanner.at++;
  scanner.closeUnclosedQuote(mode);
}

/** `$${` and `$${~` stand for `${`; any other `$` for itself. */
export function dollarLength(text: string, at: number): number {
  if (text[at + 1] !== text[at] || text[at + 2] !== "{") return 1;
  return text[at + 3] === "~" ? 4 : 3;
}
