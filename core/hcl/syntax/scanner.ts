/**
 * Cuts an HCL text into tokens, exactly as HashiCorp's scanner does.
 *
 * Text inside quotes and heredocs follows other rules than the code around it,
 * and `${ … }` leads back into code, so the scanner keeps a stack of modes.
 * Where HashiCorp's scanner would only say "invalid", it reports what is wrong
 * and cuts so that the parser can go on behind the mistake.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import {
  reportUnclosedHeredoc,
  scanHeredocStart,
  scanHeredocText,
} from "./scan_heredoc.ts";
import { scanQuotedText } from "./scan_quoted.ts";
import { reportCharacter } from "./strange_characters.ts";
import type { Problems } from "./problems.ts";
import { MAX_NESTING } from "./nesting.ts";
import type { Punctuation, Token, TokenKind } from "./token.ts";

/** What the scanner is inside of; `start` is where that was opened. */
export type Mode =
  | { readonly kind: "quoted"; readonly start: number }
  | {
    readonly kind: "heredoc";
    readonly start: number;
    readonly marker: string;
    isAtLineStart: boolean;
  }
  /** `${ … }`, `%{ … }`: ends at the `}` on this level of braces. */
  | {
    readonly kind: "sequence";
    readonly start: number;
    readonly braces: number;
    /** The first quote in it; it ends the string if the `}` was forgotten. */
    firstQuote?: number;
  };

/** All tokens of a text, the last one of kind `end`. */
export interface Scan {
  readonly tokens: readonly Token[];
  /** Something that never ends swallowed the rest of the file; reported. */
  readonly isCutShort: boolean;
}

export function scan(text: string, problems: Problems): Scan {
  const scanner = new Scanner(text, problems);
  scanner.run();
  return scanner;
}

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const ASCII_IDENTIFIER = /[A-Za-z_][\w-]*/y;
const NUMBER = /\d(?:(?:\d|\.|[eE][+-]?\d)*(?:\d|[eE][+-]?\d))?/y;
const THREE = new Set(["..."]);
const TWO = new Set(["==", "!=", ">=", "<=", "&&", "||", "::", "=>"]);
const ONE = new Set("[]().,*/%+-=<>!?:");

/** A string and a `${` in it for each level the parser takes, and more. */
const MAX_MODES = 3 * MAX_NESTING;

/** Shared by the files that scan one mode each. */
export class Scanner implements Scan {
  readonly tokens: Token[] = [];
  readonly #modes: Mode[] = [];
  #braces = 0;
  at = 0;
  isCutShort = false;

  constructor(readonly text: string, readonly problems: Problems) {}

  run(): void {
    this.#checkEncoding();
    if (this.text.startsWith("\ufeff")) this.at = 1;
    for (;;) {
      const mode = this.#modes.at(-1);
      if (this.at >= this.text.length) {
        if (mode === undefined) break;
        this.#closeAtEnd(mode);
      } else if (this.#modes.length > MAX_MODES) this.#cutTooDeep();
      else if (mode?.kind === "quoted") scanQuotedText(this, mode);
      else if (mode?.kind === "heredoc") scanHeredocText(this, mode);
      else this.#scanCode(mode);
    }
    this.emit("end", this.text.length);
  }

  /** The parser gives up before it comes here, and says so. */
  #cutTooDeep(): void {
    this.isCutShort = true;
    this.emit("invalid", this.text.length);
    while (this.#modes.length > 0) this.#closeMode(false);
  }

  /** Adds the token from the current place to `end` and moves there. */
  emit(kind: TokenKind, end: number): void {
    this.tokens.push({ kind, start: this.at, end });
    this.at = end;
  }

  /** `${` or `%{`, with its `~`. */
  openSequence(): void {
    const start = this.at;
    const kind = this.text[start] === "$"
      ? "open_interpolation"
      : "open_directive";
    this.emit(kind, start + (this.text[start + 2] === "~" ? 3 : 2));
    this.#braces++;
    this.#modes.push({ kind: "sequence", start, braces: this.#braces });
  }

  push(mode: Mode): void {
    this.#modes.push(mode);
  }

  pop(): void {
    this.#modes.pop();
  }

  /** A quoted text meets the end of its line, or of the file. */
  closeUnclosedQuote(mode: Mode & { kind: "quoted" }): void {
    const lineStart = this.text.lastIndexOf("\n", this.at - 1) + 1;
    const outer = this.#modes.find((m) =>
      m.kind === "sequence" && m.start >= lineStart
    );
    if (outer?.kind !== "sequence") return this.#closeQuote(mode);
    this.#reportUnclosedSequence(outer, this.at);
    do this.#closeMode(true); while (
      (this.#modes.at(-1)?.start ?? -1) >= lineStart
    );
  }

  #closeQuote({ start }: Mode): void {
    this.problems.report(
      "unclosed",
      { start, end: Math.max(start + 1, this.at) },
      "the string is not closed on its line",
      'end it with ", or write a text of several lines as a heredoc: <<EOT',
    );
    this.at = endOfSeveralLines(this.text, this.at) ?? this.at;
    this.#closeMode(false);
  }

  #closeAtEnd(mode: Mode): void {
    if (mode.kind === "quoted") return this.closeUnclosedQuote(mode);
    this.isCutShort = true;
    if (mode.kind === "sequence") {
      const lineEnd = this.text.indexOf("\n", mode.start);
      this.#reportUnclosedSequence(mode, lineEnd < 0 ? this.at : lineEnd);
    } else reportUnclosedHeredoc(this, mode);
    while (this.#modes.length > 0) this.#closeMode(true);
  }

  /** What was read since then means nothing, from the quote or `lineEnd` on. */
  #reportUnclosedSequence(
    { start, firstQuote }: Mode & { kind: "sequence" },
    lineEnd: number,
  ): void {
    const opener = this.text.slice(start, start + 2);
    this.problems.report(
      "unclosed",
      { start, end: start + 2 },
      `"${opener}" is not closed`,
      `add "}", or write ${opener[0]}${opener} for the characters themselves`,
    );
    const from = Math.min(firstQuote ?? lineEnd, lineEnd);
    while (this.tokens.at(-1)!.start >= from) this.tokens.pop();
    this.tokens.push({ kind: "invalid", start: from, end: this.at });
  }

  /** Leaves the innermost mode by a closing token that is not in the text. */
  #closeMode(isInvalid: boolean): void {
    const mode = this.#modes.pop()!;
    if (isInvalid) this.emit("invalid", this.at);
    if (mode.kind === "sequence") this.#braces = mode.braces - 1;
    const kind = mode.kind === "quoted"
      ? "close_quote"
      : mode.kind === "heredoc"
      ? "close_heredoc"
      : "close_sequence";
    this.emit(kind, this.at);
  }

  #scanCode(mode: (Mode & { kind: "sequence" }) | undefined): void {
    const { text, at } = this;
    switch (text[at]) {
      case " ":
      case "\t":
        this.at++;
        return;
      case "\n":
        return this.emit("newline", at + 1);
      case "\r":
        if (text[at + 1] === "\n") return this.emit("newline", at + 2);
        break;
      case "#":
        return this.#skipLineComment();
      case "/":
        if (text[at + 1] === "/") return this.#skipLineComment();
        if (text[at + 1] === "*") return this.#skipBlockComment();
        break;
      case '"':
        if (mode !== undefined) mode.firstQuote ??= at;
        this.emit("open_quote", at + 1);
        return this.push({ kind: "quoted", start: at });
      case "{":
        this.#braces++;
        return this.emit("{", at + 1);
      case "}":
        return this.#closeBrace(mode, at + 1);
      case "~":
        if (text[at + 1] === "}") return this.#closeBrace(mode, at + 2);
        break;
      case "<":
        if (text[at + 1] === "<") return scanHeredocStart(this);
        break;
    }
    if (!this.#scanWord() && !this.#scanPunctuation()) reportCharacter(this);
  }

  #closeBrace(
    mode: (Mode & { kind: "sequence" }) | undefined,
    end: number,
  ): void {
    const isSequence = mode?.braces === this.#braces;
    this.#braces--;
    if (isSequence) this.pop();
    this.emit(isSequence || end - this.at === 2 ? "close_sequence" : "}", end);
  }

  #skipLineComment(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end < 0 ? this.text.length : end;
    if (end >= 0) this.emit("newline", end + 1);
  }

  #skipBlockComment(): void {
    const end = this.text.indexOf("*/", this.at + 2);
    if (end >= 0) {
      this.at = end + 2;
      return;
    }
    this.problems.report(
      "unclosed",
      { start: this.at, end: this.at + 2 },
      "the comment is not closed",
      'end it with "*/"',
    );
    this.isCutShort = true;
    this.emit("invalid", this.text.length);
  }

  #scanWord(): boolean {
    const code = this.text.charCodeAt(this.at);
    const isDigit = code >= 48 && code <= 57;
    const end = isDigit ? this.#endOf(NUMBER) : this.#endOfIdentifier();
    if (end === undefined) return false;
    this.emit(isDigit ? "number" : "identifier", end);
    return true;
  }

  /** The pattern for all of Unicode is large; few files need it. */
  #endOfIdentifier(): number | undefined {
    const end = this.#endOf(ASCII_IDENTIFIER) ?? this.at;
    return this.text.charCodeAt(end) < 128 || end === this.text.length
      ? end > this.at ? end : undefined
      : this.#endOf(IDENTIFIER);
  }

  #endOf(pattern: RegExp): number | undefined {
    pattern.lastIndex = this.at;
    return pattern.test(this.text) ? pattern.lastIndex : undefined;
  }

  #scanPunctuation(): boolean {
    const { text, at } = this;
    for (const [length, known] of [[3, THREE], [2, TWO], [1, ONE]] as const) {
      const found = text.slice(at, at + length);
      if (!known.has(found)) continue;
      this.emit(found as Punctuation, at + length);
      return true;
    }
    return false;
  }

  #checkEncoding(): void {
    if (this.text.isWellFormed()) return;
    const start = this.text.search(/\p{Surrogate}/u);
    const span: Span = { start, end: start + 1 };
    this.problems.report(
      "character",
      span,
      "the file holds half of a surrogate pair, which is no character",
      "save it as UTF-8",
    );
  }
}

/** Lines of prose up to the next quote: they were meant to be one string. */
function endOfSeveralLines(text: string, from: number): number | undefined {
  const end = text.indexOf('"', from);
  if (end < 0) return undefined;
  const lines = text.slice(from, end).split("\n").slice(1);
  const looksLikeCode = lines.some((line) =>
    /^\s*(?:[#{}[\]()]|\/\/|[\w-]+(?:\s*[={]|\s+$))/.test(line)
  );
  return looksLikeCode ? undefined : end + 1;
}
