/**
 * Parses strings and heredocs with what is embedded in them.
 *
 * First the pieces in a row, as HashiCorp's parser cuts them, because strip
 * markers and the indentation of `<<-` work on single pieces; then text is
 * joined and directives are nested (directives.ts).
 *
 * @module
 */

import type { Expression, Span, Template } from "../syntax_tree.ts";
import { trimBlanksLeft, trimBlanksRight } from "./blanks.ts";
import { nestDirectives } from "./directives.ts";
import { unescapeDollars, unescapeQuoted } from "./escapes.ts";
import { parseExpression } from "./expression.ts";
import { parseForNames } from "./for.ts";
import { removeIndentation } from "./indentation.ts";
import type { Reader } from "./reader.ts";
import { CLOSERS, type Token } from "./token.ts";

/** Text as far as one token goes. */
export interface TextPiece {
  readonly kind: "text";
  readonly span: Span;
  value: string;
}
/** What opens a nested part. */
export type OpeningPiece =
  | { readonly kind: "if"; readonly span: Span; readonly condition: Expression }
  | {
    readonly kind: "for";
    readonly span: Span;
    readonly keyName?: string;
    readonly valueName: string;
    readonly collection: Expression;
  };
/** A template in a row, directives not yet nested. */
export type Piece =
  | TextPiece
  | OpeningPiece
  | {
    readonly kind: "interpolation";
    readonly span: Span;
    readonly value: Expression;
  }
  | { readonly kind: "else" | "endif" | "endfor"; readonly span: Span };

const FOR_EXAMPLE = "%{ for name in list }";

export function parseTemplate(reader: Reader): Template {
  const open = reader.read();
  const { pieces, end } = readPieces(reader, open);
  if (reader.textOf(open).startsWith("<<-")) removeIndentation(pieces);
  const joined = joinText(pieces);
  return {
    kind: "template",
    span: { start: open.start, end },
    form: open.kind === "open_quote" ? "quoted" : "heredoc",
    isWrapped: joined.length === 1 && joined[0].kind === "interpolation",
    parts: nestDirectives(reader, joined),
  };
}

function readPieces(
  reader: Reader,
  open: Token,
): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = [];
  const closer = CLOSERS[open.kind];
  let isTrimming = false;
  for (;;) {
    const token = reader.read();
    if (token.kind === closer) return { pieces, end: token.end };
    if (
      token.kind === "open_interpolation" || token.kind === "open_directive"
    ) {
      if (isMarked(reader, token)) trimLast(pieces);
      const close = readSequence(reader, token, pieces);
      isTrimming = isMarked(reader, close);
    } else {
      const value = readText(reader, token);
      const { start, end } = token;
      pieces.push({
        kind: "text",
        span: { start, end },
        value: isTrimming ? trimBlanksLeft(value) : value,
      });
      isTrimming = false;
    }
  }
}

function readText(reader: Reader, token: Token): string {
  switch (token.kind) {
    case "quoted_text":
      return unescapeQuoted(reader.text, token, reader.problems);
    case "heredoc_text":
      return unescapeDollars(reader.textOf(token));
    default:
      return reader.fail(
        "unclosed",
        token,
        `expected the end of the string, found ${reader.describe(token)}`,
      );
  }
}

/** `~` at the inner side of a brace. */
function isMarked(reader: Reader, token: Token): boolean {
  return reader.textOf(token).includes("~");
}

function trimLast(pieces: readonly Piece[]): void {
  const last = pieces.at(-1);
  if (last?.kind === "text") last.value = trimBlanksRight(last.value);
}

/** @returns The closing token. */
function readSequence(reader: Reader, open: Token, pieces: Piece[]): Token {
  return reader.withNewlines(false, () => {
    const isDirective = open.kind === "open_directive";
    const inside = isDirective
      ? readDirective(reader)
      : { kind: "interpolation" as const, value: parseExpression(reader) };
    const close = reader.peek();
    if (close.kind !== "close_sequence") failBehind(reader, close, inside.kind);
    reader.read();
    pieces.push({ ...inside, span: { start: open.start, end: close.end } });
    return close;
  });
}

function failBehind(reader: Reader, token: Token, what: string): never {
  return reader.fail(
    "template",
    token,
    `expected "}" to end the ${what}, found ${reader.describe(token)}`,
    what === "interpolation"
      ? "write $${ if the characters ${ themselves are meant"
      : "write %%{ if the characters %{ themselves are meant",
  );
}

type Unspanned<T> = T extends unknown ? Omit<T, "span"> : never;

function readDirective(
  reader: Reader,
): Unspanned<Exclude<Piece, TextPiece | { kind: "interpolation" }>> {
  const token = reader.peek();
  const word = token.kind === "identifier" ? reader.textOf(token) : "";
  switch (word) {
    case "if":
      reader.read();
      return { kind: word, condition: parseExpression(reader) };
    case "for": {
      reader.read();
      const names = parseForNames(reader, FOR_EXAMPLE);
      return { kind: word, ...names, collection: parseExpression(reader) };
    }
    case "else":
    case "endif":
    case "endfor":
      reader.read();
      return { kind: word };
    default:
      return reader.fail(
        "template",
        token,
        `expected if, else, endif, for or endfor behind "%{", found ${
          reader.describe(token)
        }`,
        "write %%{ if the characters %{ themselves are meant",
      );
  }
}

/** HCL's strings are in Unicode's composed form (NFC). */
function joinText(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  let texts: TextPiece[] = [];
  const flush = () => {
    if (texts.length === 0) return;
    const span = { start: texts[0].span.start, end: texts.at(-1)!.span.end };
    const value = texts.map((text) => text.value).join("").normalize("NFC");
    joined.push({ kind: "text", span, value });
    texts = [];
  };
  for (const piece of pieces) {
    if (piece.kind === "text") texts.push(piece);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}
