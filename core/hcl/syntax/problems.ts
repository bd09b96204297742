/**
 * Collects the mistakes of one file, up to a limit.
 *
 * @module
 */

import type { Diagnostic, ErrorCode } from "../../base/errors.ts";
import type { SourceText } from "../source_text.ts";
import type { Span } from "../syntax_tree.ts";

/** More would not help anybody, and each costs time. */
const MAX_PROBLEMS = 50;

/** Kinds of syntax error; the codes are `config.syntax_…`. */
export type SyntaxArea =
  | "character"
  | "unclosed"
  | "escape"
  | "number"
  | "item"
  | "block"
  | "value"
  | "separator"
  | "line_break"
  | "duplicate"
  | "reference"
  | "template"
  | "for"
  | "too_deep"
  | "too_large";

/** What is wrong in one file. */
export class Problems {
  readonly #found: { span: Span; diagnostic: Diagnostic }[] = [];
  readonly #told = new Set<string>();
  #isStopped = false;

  constructor(readonly source: SourceText) {}

  /** No more problems are taken, so going on is of no use. */
  get isStopped(): boolean {
    return this.#isStopped || this.#found.length >= MAX_PROBLEMS;
  }

  report(area: SyntaxArea, span: Span, message: string, hint?: string): void {
    if (this.isStopped) return;
    const code: ErrorCode = `config.syntax_${area}`;
    const at = this.source.locate(span);
    this.#found.push({
      span,
      diagnostic: { severity: "error", code, message, at, hint },
    });
  }

  /** The same mistake on every line is one mistake. */
  reportOnce(
    area: SyntaxArea,
    span: Span,
    message: string,
    hint?: string,
  ): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.report(area, span, message, hint);
  }

  /** What follows would only be consequences. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Line of an offset, for hints that point at a second place. */
  lineOf(span: Span): number {
    return this.source.locate(span).line;
  }

  /** Everything found, sorted by place. */
  diagnostics(): Diagnostic[] {
    return this.#found
      .toSorted((a, b) => a.span.start - b.span.start)
      .map(({ diagnostic }) => diagnostic);
  }
}
