/**
 * The smallest pieces of an HCL text, as scanner.ts cuts them.
 *
 * Blanks and comments leave no token; a comment to the end of a line leaves the
 * line's newline.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";

/** Pieces that are always written the same way. */
export type Punctuation =
  | "{"
  | "}"
  | "["
  | "]"
  | "("
  | ")"
  | "."
  | ","
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "="
  | "<"
  | ">"
  | "!"
  | "?"
  | ":"
  | "=="
  | "!="
  | ">="
  | "<="
  | "&&"
  | "||"
  | "::"
  | "..."
  | "=>";

/** What a token is; `invalid` was reported by the scanner already. */
export type TokenKind =
  | Punctuation
  | "identifier"
  | "number"
  | "newline"
  | "open_quote"
  | "close_quote"
  | "quoted_text"
  | "open_heredoc"
  | "close_heredoc"
  | "heredoc_text"
  | "open_interpolation"
  | "open_directive"
  | "close_sequence"
  | "invalid"
  | "end";

/** One piece; its text is the source's at that span. */
export interface Token extends Span {
  readonly kind: TokenKind;
}

/** Every kind that opens something, with the kind that closes it. */
export const CLOSERS: Readonly<Partial<Record<TokenKind, TokenKind>>> = {
  "{": "}",
  "[": "]",
  "(": ")",
  open_quote: "close_quote",
  open_heredoc: "close_heredoc",
  open_interpolation: "close_sequence",
  open_directive: "close_sequence",
};

/** `found …` in a message. */
export function describe(token: Token, text: string): string {
  switch (token.kind) {
    case "newline":
      return "the end of the line";
    case "end":
      return "the end of the file";
    case "open_quote":
      return "a string";
    case "open_heredoc":
      return "a heredoc";
    case "close_quote":
      return "the end of the string";
    case "close_heredoc":
      return "the end of the heredoc";
    default:
      return `"${text.slice(token.start, token.end)}"`;
  }
}
