/**
 * Builds the expanded text and remembers what came from where.
 *
 * A value is escaped for the place it lands in, so that a password stays that
 * password whatever is in it. In a heredoc, which knows no escapes, a character
 * HCL would read itself goes in as `${"…"}`.
 *
 * @module
 */

import type { Segment } from "../source_text.ts";
import type { Span } from "../syntax_tree.ts";
import { type Place, TemplateProblem } from "./nodes.ts";

/** No file needs more; a runaway `range` gets no further. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** The text that grows while a template is executed. */
export class Output {
  readonly segments: Segment[] = [];
  /** Spans of the expanded text that came from the environment. */
  readonly secretSpans: Span[] = [];
  #parts: string[] = [];
  #length = 0;

  constructor(readonly written: string) {}

  get length(): number {
    return this.#length;
  }

  text(): string {
    return this.#parts.join("");
  }

  /** Text of the file, unchanged. */
  copy(span: Span): void {
    const text = this.written.slice(span.start, span.end);
    this.#append(text, span, true);
  }

  /**
   * @param span The `{{ … }}` the value comes from.
   * @param isLiteral A JSON-like literal, in which `$` may be escaped.
   */
  insert(
    text: string,
    span: Span,
    place: Place,
    marks: { readonly isSecret: boolean; readonly isLiteral: boolean },
  ): void {
    if (place !== "bare") this.#protectTail(place);
    const start = this.#length;
    const isLiteral = marks.isLiteral && place === "bare";
    this.#append(
      isLiteral ? escapeLiteral(text) : escape(text, place),
      span,
      false,
    );
    if (marks.isSecret && this.#length > start) {
      this.secretSpans.push({ start, end: this.#length });
    }
  }

  /** Nothing at all, in a form HCL can read. */
  hole(span: Span, place: Place): void {
    if (place === "bare") this.#append("null", span, false);
  }

  #append(text: string, span: Span, isCopied: boolean): void {
    if (text === "") return;
    const expandedStart = this.#length;
    this.#length += text.length;
    if (this.#length > MAX_LENGTH) {
      throw new TemplateProblem(
        span,
        "config.template_too_large",
        `the templates of this file make more than ${MAX_LENGTH} characters`,
      );
    }
    this.#parts.push(text);
    this.segments.push({
      expandedStart,
      expandedEnd: this.#length,
      writtenStart: span.start,
      writtenEnd: span.end,
      isCopied,
    });
  }

  /** A `$` right before a value must not become `${` with the value's `{`. */
  #protectTail(place: Place): void {
    const last = this.segments.at(-1);
    if (last === undefined || !last.isCopied) return;
    const text = this.#parts[this.#parts.length - 1];
    const run = /[$%]+$/.exec(text)?.[0];
    if (run === undefined) return;
    this.segments.pop();
    this.#parts.pop();
    this.#length = last.expandedStart;
    const { writtenStart: start, writtenEnd: end } = last;
    this.#append(
      text.slice(0, -run.length),
      { start, end: end - run.length },
      true,
    );
    this.#append(escape(run, place), { start: end - run.length, end }, false);
  }
}

function escape(text: string, place: Place): string {
  if (place === "bare") return text;
  if (place === "quoted") return escapeQuoted(text);
  return text.replace(/[$%\r\n]+/g, (run) => `\${"${escapeQuoted(run)}"}`);
}

/** For the inside of a quoted HCL string. */
function escapeQuoted(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/["\\$%\x00-\x1f\x7f]/g, (c) => SHORT[c] ?? unicode(c));
}

/** For a literal that stands in bare HCL: only what HCL would interpolate. */
function escapeLiteral(text: string): string {
  return text.replace(/[$%](?=\{)/g, unicode);
}

function unicode(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
