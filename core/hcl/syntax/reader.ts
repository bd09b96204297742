/**
 * Walks over the tokens for the parser, and finds a way on after a mistake.
 *
 * A parser function that meets a mistake calls {@link Reader.fail}, which
 * reports it and unwinds to the nearest {@link Reader.attempt}: the item of a
 * list, of an object or of a body. Reading goes on behind that item.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import { MAX_NESTING } from "./nesting.ts";
import type { Problems, SyntaxArea } from "./problems.ts";
import type { Scan } from "./scanner.ts";
import { CLOSERS, describe, type Token, type TokenKind } from "./token.ts";

/** Unwinds; never leaves the parser. */
class GiveUp extends Error {}
const GIVE_UP = new GiveUp();

const MAY_BEGIN_LINE = new Set<TokenKind>([
  "identifier",
  "open_quote",
  "}",
  "newline",
  "end",
]);
const MAY_FOLLOW_NAME = new Set<TokenKind>([
  "=",
  "{",
  "open_quote",
  "identifier",
]);

/** Where reading may go on after a mistake. */
export interface Recovery {
  /** Opening token of the list, object or block around; none: the file. */
  readonly container?: Token;
  /** What separates items. */
  readonly separators: readonly TokenKind[];
}

/** The tokens of one file, read from left to right. */
export class Reader {
  readonly #tokens: readonly Token[];
  /** By index of an opening token, the index of its closing one. */
  readonly #closerOf: ReadonlyMap<number, number>;
  #next = 0;
  #keepsNewlines = true;
  #nesting = 0;
  /** The end of the file is not where it should be, and that was reported. */
  isCutShort: boolean;

  constructor(
    readonly text: string,
    scan: Scan,
    readonly problems: Problems,
  ) {
    this.#tokens = scan.tokens;
    this.#closerOf = matchBrackets(scan.tokens);
    this.isCutShort = scan.isCutShort;
  }

  peek(): Token {
    return this.#tokens[this.#seek()];
  }

  /** The end stays where it is, however often it is read. */
  read(): Token {
    const at = this.#seek();
    this.#next = Math.min(at + 1, this.#tokens.length - 1);
    return this.#tokens[at];
  }

  /** Reads the next token if it is of that kind. */
  skip(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.read() : undefined;
  }

  /**
   * Goes back from `token`, the next one, to the name before it if that begins
   * a line: `b` of `b = 1` was read as a value of the list left open before.
   */
  backToName(token: Token): Token {
    const at = this.#seek() - 1;
    if (at < 1 || this.#tokens[at + 1] !== token) return token;
    if (!this.#beginsItem(at)) return token;
    this.#next = at;
    return this.#tokens[at];
  }

  textOf(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  isWord(token: Token, word: string): boolean {
    return token.kind === "identifier" && this.textOf(token) === word;
  }

  describe(token: Token): string {
    return describe(token, this.text);
  }

  /** The token behind an identifier that begins an item. */
  peekSecond(): Token {
    return this.#tokens[Math.min(this.#seek() + 1, this.#tokens.length - 1)];
  }

  /** Braces whose insides begin and end with a line, as blocks are written. */
  *bracesOverLines(): Generator<{ open: Token; close: Token }> {
    for (const [open, close] of this.#closerOf) {
      const isOverLines = this.#tokens[open].kind === "{" &&
        this.#tokens[open + 1].kind === "newline" &&
        this.#tokens[close - 1].kind === "newline";
      if (!isOverLines) continue;
      yield { open: this.#tokens[open], close: this.#tokens[close] };
    }
  }

  /** Whether this opening token has a closing one. */
  isClosed(opener: Token): boolean {
    return this.#closerOf.has(this.#indexOf(opener));
  }

  /** Newlines mean something to `action`, or nothing. */
  withNewlines<T>(matter: boolean, action: () => T): T {
    const before = this.#keepsNewlines;
    this.#keepsNewlines = matter;
    const result = action();
    this.#keepsNewlines = before;
    return result;
  }

  /** Everything that calls itself again goes through here. */
  nested<T>(action: () => T): T {
    if (++this.#nesting > MAX_NESTING) this.failTooDeep(this.peek());
    const result = action();
    this.#nesting--;
    return result;
  }

  failTooDeep(span: Span): never {
    this.problems.report(
      "too_deep",
      span,
      `nested deeper than ${MAX_NESTING} levels`,
      "split it up with locals",
    );
    this.problems.stop();
    throw GIVE_UP;
  }

  /**
   * Reports that `token` is not what should stand there, and unwinds. Says
   * nothing where the scanner has already said why.
   *
   * @param at What to underline, if not `token`.
   */
  fail(
    area: SyntaxArea,
    token: Token,
    message: string,
    hint?: string,
    at: Token = token,
  ): never {
    const isReported = token.kind === "invalid" ||
      (token.kind === "end" && this.isCutShort);
    if (!isReported) this.problems.report(area, visibleSpan(at), message, hint);
    throw GIVE_UP;
  }

  /**
   * Runs `action` on one item.
   *
   * @returns Its result, or `undefined` after a mistake; the next token is then
   * the separator behind the item, or the closing token of its container.
   */
  attempt<T>(recovery: Recovery, action: () => T): T | undefined {
    const start = this.#seek();
    const keepsNewlines = this.#keepsNewlines;
    const nesting = this.#nesting;
    try {
      return action();
    } catch (error) {
      if (!(error instanceof GiveUp) || this.problems.isStopped) throw error;
      this.#keepsNewlines = keepsNewlines;
      this.#nesting = nesting;
      this.#resume(start, recovery);
      return undefined;
    }
  }

  /** Runs the whole parser; `undefined` when there are too many mistakes. */
  untilStopped<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (error instanceof GiveUp) return undefined;
      throw error;
    }
  }

  /** Goes behind a mistake in the item that began at token `start`. */
  #resume(start: number, { container, separators }: Recovery): void {
    const failedAt = this.#next;
    const end = container === undefined
      ? this.#tokens.length - 1
      : this.#closerOf.get(this.#indexOf(container));
    if (end === undefined || end < failedAt) throw GIVE_UP;
    for (let i = start; i < end; i++) {
      if (i >= failedAt && this.#isBehindItem(i, start, separators)) {
        this.#next = i;
        return;
      }
      i = this.#closerOf.get(i) ?? i;
    }
    this.#next = end;
  }

  #isBehindItem(
    index: number,
    start: number,
    separators: readonly TokenKind[],
  ): boolean {
    const isBody = separators.length === 1 && separators[0] === "newline";
    if (separators.includes(this.#tokens[index].kind)) {
      // A line that begins with a value continues the mistake.
      return !isBody || MAY_BEGIN_LINE.has(this.#tokens[index + 1].kind);
    }
    return index > start && separators.includes("newline") &&
      this.#beginsItem(index);
  }

  /** A line that looks like the next item, behind something left open. */
  #beginsItem(index: number): boolean {
    return this.#tokens[index].kind === "identifier" &&
      this.#tokens[index - 1].kind === "newline" &&
      MAY_FOLLOW_NAME.has(this.#tokens[index + 1].kind);
  }

  #seek(): number {
    let at = this.#next;
    if (this.#keepsNewlines) return at;
    while (this.#tokens[at].kind === "newline") at++;
    return at;
  }

  #indexOf(token: Token): number {
    let low = 0;
    let high = this.#tokens.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tokens[middle].start < token.start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A place one can point at: the end of a line has no width. */
function visibleSpan({ kind, start, end }: Token): Span {
  return kind === "newline" ? { start, end: start } : { start, end };
}

/** Pairs what belongs together; what is left open by mistake has no pair. */
function matchBrackets(tokens: readonly Token[]): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  const waiting = new Map<TokenKind, number>();
  tokens.forEach(({ kind }, index) => {
    const closer = CLOSERS[kind];
    if (closer !== undefined) {
      open.push(index);
      waiting.set(closer, (waiting.get(closer) ?? 0) + 1);
    } else if ((waiting.get(kind) ?? 0) > 0) {
      for (;;) {
        const opener = open.pop()!;
        const expected = CLOSERS[tokens[opener].kind]!;
        waiting.set(expected, waiting.get(expected)! - 1);
        if (expected !== kind) continue;
        pairs.set(opener, index);
        break;
      }
    }
  });
  return pairs;
}
