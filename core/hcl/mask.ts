/**
 * Hides from HashiCorp's formatter what it does not know: Go templates, and the
 * `::` in the names of functions.
 *
 * What is hidden is replaced by as many characters that look like a word (or,
 * alone on a line, like a comment), so that alignment stays right.
 *
 * @module
 */

import { DiagnosticsError } from "../base/errors.ts";
import { SourceText } from "./source_text.ts";
import { Problems } from "./syntax/problems.ts";
import { scan as scanHcl } from "./syntax/scanner.ts";
import type { Span } from "./syntax_tree.ts";
import { hasTemplates } from "./template/mod.ts";
import { scan as scanTemplates } from "./template/scan.ts";

/** Letters by the rules of identifiers that hardly any file holds. */
const FILLERS = ["\ua66e", "\ua65d", "\u1331"];

/** A text with nothing in it that the formatter does not know. */
export interface Mask {
  readonly text: string;
  /** With `::`, which the parser knows; as long as `text`. */
  readonly parsable: string;
  readonly hasTemplates: boolean;
  /** Puts what was hidden back. */
  undo(formatted: string): string;
}

/** A hidden part; `cover` is as long as what it covers. */
interface Cover extends Span {
  readonly cover: string;
}

/** @throws {DiagnosticsError} When the templates cannot be read. */
export function maskForFormatter(written: string, file: string): Mask {
  const filler = FILLERS.find((letter) => !written.includes(letter)) ?? "x";
  const templates = hasTemplates(written)
    ? coverTemplates(written, file, filler)
    : [];
  const parsable = apply(written, templates);
  const colons = coverColons(parsable, filler);
  const covers = [...templates, ...colons].sort((a, b) => a.start - b.start);
  return {
    text: apply(written, covers),
    parsable,
    hasTemplates: templates.length > 0,
    undo: (formatted) => uncover(formatted, written, covers),
  };
}

function coverTemplates(
  written: string,
  file: string,
  filler: string,
): Cover[] {
  const { items, problems } = scanTemplates(written);
  const source = new SourceText(file, written);
  if (problems.length > 0) {
    throw new DiagnosticsError(
      problems.map(({ code, message, span, hint }) => ({
        severity: "error",
        code,
        message,
        at: source.locateWritten(span),
        hint,
      })),
    );
  }
  return items.filter((item) => item.kind === "action").map((item) => {
    const { start, end } = item.span;
    const isAlone = item.place === "bare" &&
      beginsLineOfActions(written, start);
    const cover = filler.repeat(end - start);
    return { start, end, cover: isAlone ? `#${cover.slice(1)}` : cover };
  });
}

/** The first of the actions that have a line for themselves. */
function beginsLineOfActions(text: string, start: number): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  if (before.trim() !== "") return false;
  let end = start;
  while (text.startsWith("{{", end)) {
    const close = text.indexOf("}}", end);
    end = close < 0 ? text.length : close + 2;
    while (text[end] === " " || text[end] === "\t") end++;
  }
  return end === text.length || text[end] === "\n" || text[end] === "\r";
}

function coverColons(text: string, filler: string): Cover[] {
  const problems = new Problems(new SourceText("", text));
  return scanHcl(text, problems).tokens
    .filter(({ kind }) => kind === "::")
    .map(({ start, end }) => ({ start, end, cover: filler.repeat(2) }));
}

function apply(text: string, covers: readonly Cover[]): string {
  let covered = "";
  let at = 0;
  for (const { start, end, cover } of covers) {
    covered += text.slice(at, start) + cover;
    at = end;
  }
  return covered + text.slice(at);
}

/** Covers come back in the order they went in. */
function uncover(
  formatted: string,
  written: string,
  covers: readonly Cover[],
): string {
  let text = "";
  let at = 0;
  for (const { start, end, cover } of covers) {
    const found = formatted.indexOf(cover, at);
    text += formatted.slice(at, found) + written.slice(start, end);
    at = found + cover.length;
  }
  return text + formatted.slice(at);
}
