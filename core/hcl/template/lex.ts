/**
 * One `{{ … }}` → tokens.
 *
 * The action may stand inside a quoted HCL string, so a string in it may be
 * written `\"x\"` as well as `"x"` and `` `x` ``.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import { TemplateProblem } from "./nodes.ts";

/** One word of an action. `isAfterSpace` tells `.a .b` from `.a.b`. */
export interface Token {
  readonly kind:
    | "string"
    | "number"
    | "word"
    | "field"
    | "variable"
    | "symbol";
  /** A string's value; the text as written for the rest. */
  readonly text: string;
  readonly span: Span;
  readonly isAfterSpace: boolean;
}

/** One action with its delimiters. */
export interface LexedAction {
  readonly span: Span;
  readonly tokens: readonly Token[];
  readonly isComment: boolean;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

const SPACE = /[ \t\r\n]/;

/**
 * @param start Offset of the `{{`.
 * @param isOneLine It stands in a quoted string, which ends with its line.
 * @throws {TemplateProblem} For a text that is no action.
 */
export function lexAction(
  text: string,
  start: number,
  isOneLine = false,
): LexedAction {
  return new Lexer(text, start, isOneLine).run();
}

class Lexer {
  #at: number;
  readonly #tokens: Token[] = [];
  readonly #trimsBefore: boolean;

  constructor(
    readonly text: string,
    readonly start: number,
    readonly isOneLine: boolean,
  ) {
    this.#trimsBefore = text[start + 2] === "-" &&
      SPACE.test(text[start + 3] ?? "");
    this.#at = start + (this.#trimsBefore ? 3 : 2);
  }

  run(): LexedAction {
    const comment = this.#comment();
    if (comment !== undefined) return comment;
    for (;;) {
      const from = this.#at;
      const isAfterSpace = this.#skipSpace();
      const close = this.#close();
      if (close !== undefined) return close;
      const skipped = this.text.slice(from, this.#at);
      if (this.isOneLine && skipped.includes("\n")) throw this.#unclosed();
      this.#tokens.push(this.#token(isAfterSpace));
    }
  }

  /** A comment: nothing may stand between it and the delimiters. */
  #comment(): LexedAction | undefined {
    let at = this.#at;
    if (this.#trimsBefore) { while (SPACE.test(this.text[at] ?? "")) at++; }
    if (!this.text.startsWith("/*", at)) return undefined;
    const end = this.text.indexOf("*/", at + 2);
    if (end < 0) throw this.#fail(at, at + 2, "this comment is never closed");
    this.#at = end + 2;
    const hasSpace = this.#skipSpace();
    const close = this.#close();
    const isTight = close !== undefined && hasSpace === close.trimsAfter;
    if (!isTight) {
      throw this.#fail(at, end + 2, "a comment must fill its {{ }} alone");
    }
    return { ...close, isComment: true };
  }

  #skipSpace(): boolean {
    const from = this.#at;
    while (SPACE.test(this.text[this.#at] ?? "")) this.#at++;
    return this.#at > from;
  }

  /** `}}`, or ` -}}`. */
  #close(): LexedAction | undefined {
    const trims = this.text.startsWith("-}}", this.#at) &&
      SPACE.test(this.text[this.#at - 1]);
    if (!trims && !this.text.startsWith("}}", this.#at)) return undefined;
    return {
      span: { start: this.start, end: this.#at + (trims ? 3 : 2) },
      tokens: this.#tokens,
      isComment: false,
      trimsBefore: this.#trimsBefore,
      trimsAfter: trims,
    };
  }

  #token(isAfterSpace: boolean): Token {
    const start = this.#at;
    const [kind, text] = this.#read();
    return { kind, text, span: { start, end: this.#at }, isAfterSpace };
  }

  #read(): [Token["kind"], string] {
    const rest = this.text.slice(this.#at, this.#at + 2);
    if (rest === "") throw this.#unclosed();
    if (rest[0] === '"') return ["string", this.#quoted()];
    if (rest === '\\"') return ["string", this.#escapedQuoted()];
    if (rest[0] === "`") return ["string", this.#raw()];
    if (rest[0] === "'") throw this.#singleQuotes();
    const match = this.#match(
      /-?(0[xX][\da-fA-F_]+|\.?\d(?:[\w.]|(?<=[eE])[+-])*)/y,
    );
    if (match !== undefined) return ["number", match];
    for (const [kind, pattern] of PATTERNS) {
      const found = this.#match(pattern);
      if (found !== undefined) return [kind, found];
    }
    const symbol = String.fromCodePoint(this.text.codePointAt(this.#at)!);
    throw this.#fail(
      this.#at,
      this.#at + symbol.length,
      `${JSON.stringify(symbol)} has no meaning inside {{ }}`,
    );
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #quoted(): string {
    const start = this.#at++;
    for (; this.#at < this.text.length; this.#at++) {
      const c = this.text[this.#at];
      if (c === "\n") break;
      if (c === "\\") this.#at++;
      if (c === '"') {
        const inner = this.text.slice(start + 1, this.#at++);
        return this.#unquote(inner, start);
      }
    }
    throw this.#fail(start, this.#at, "this string is never closed");
  }

  /** `\"x\"`: one level of HCL's escapes around Go's own. */
  #escapedQuoted(): string {
    const start = this.#at;
    let inner = "";
    for (this.#at += 2; this.#at < this.text.length;) {
      const c = this.text[this.#at];
      if (c === "\n") break;
      if (c !== "\\") {
        inner += c;
        this.#at++;
        continue;
      }
      const next = this.text[this.#at + 1] ?? "";
      this.#at += 2;
      if (next === '"') return this.#unquote(inner, start);
      if (next !== "\\") {
        inner += c + next;
        continue;
      }
      // `\\\"` is Go's `\"`: the backslash escapes whatever HCL yields next.
      const isQuote = this.text.startsWith('\\"', this.#at);
      const isBackslash = this.text.startsWith("\\\\", this.#at);
      if (isQuote || isBackslash) {
        inner += "\\" + this.text[this.#at + 1];
        this.#at += 2;
      } else {
        inner += "\\" + (this.text[this.#at] ?? "");
        this.#at++;
      }
    }
    throw this.#fail(start, this.#at, "this string is never closed");
  }

  #raw(): string {
    const start = this.#at;
    const end = this.text.indexOf("`", start + 1);
    if (end < 0) {
      throw this.#fail(start, start + 1, "this raw string is never closed");
    }
    this.#at = end + 1;
    return this.text.slice(start + 1, end);
  }

  #unquote(inner: string, start: number): string {
    return inner.replace(
      /\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{2}|[0-7]{3}|[^])/g,
      (all, code: string) => {
        const simple = ESCAPES[code];
        if (simple !== undefined) return simple;
        const radix = /^[0-7]/.test(code) ? 8 : 16;
        const digits = radix === 8 ? code : code.slice(1);
        const point = digits === "" ? NaN : parseInt(digits, radix);
        if (!(point <= 0x10ffff)) {
          throw this.#fail(start, this.#at, `there is no escape "${all}"`);
        }
        return String.fromCodePoint(point);
      },
    );
  }

  #singleQuotes(): TemplateProblem {
    return new TemplateProblem(
      { start: this.#at, end: this.#at + 1 },
      "config.template_syntax",
      "strings in {{ }} stand in double quotes or backticks",
      'write {{ env "NAME" }} or {{ env `NAME` }}',
    );
  }

  #unclosed(): TemplateProblem {
    return this.#fail(this.start, this.start + 2, "this {{ has no }}");
  }

  #fail(start: number, end: number, message: string): TemplateProblem {
    return new TemplateProblem(
      { start, end },
      "config.template_syntax",
      message,
    );
  }
}

const PATTERNS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/yu],
  ["variable", /\$[\p{L}\p{Nd}_]*/yu],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/yu],
  ["symbol", /:=|[|()=,.]/y],
];

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};
