/**
 * A problem → what the user reads: message, place, excerpt, hint.
 *
 * The excerpt is one line as written, with a caret under the exact text; tabs
 * and wide characters are counted as a terminal draws them.
 *
 * @module
 */

import { stripVTControlCharacters, styleText } from "node:util";
import type { Diagnostic, Location } from "../../core/base/errors.ts";

/** Longer lines are cut around the caret. */
const MAX_COLUMNS = 160;
const TAB_COLUMNS = 4;

/** How to draw. Colours are escape sequences, only for a terminal. */
export interface Style {
  readonly colours?: boolean;
}

/**
 * One problem, without a line end after it.
 *
 * @example
 * ```ts
 * const text = renderDiagnostic({
 *   severity: "error",
 *   code: "config.task_unknown",
 *   message: 'there is no task "ordrs"',
 *   hint: 'did you mean "orders"?',
 * });
 * if (!text.startsWith("error[config.task_unknown]: ")) throw new Error(text);
 * ```
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  style: Style = {},
): string {
  const paint = painter(style);
  const { severity, code, message, at, hint } = diagnostic;
  const colour = severity === "error" ? "red" : "yellow";
  return [
    `${paint([colour, "bold"], `${severity}[${code}]`)}: ${
      paint(["bold"], onePerCell(message))
    }`,
    ...(at === undefined ? [] : excerpt(at, colour, paint)),
    ...(hint === undefined
      ? []
      : [`  ${paint(["cyan"], "hint")}: ${onePerCell(hint)}`]),
  ].join("\n");
}

type Format = "red" | "yellow" | "bold" | "cyan" | "dim";
type Paint = (formats: readonly Format[], text: string) => string;

function painter({ colours = false }: Style): Paint {
  if (!colours) return (_, text) => text;
  return (formats, text) => {
    return styleText([...formats], text, { validateStream: false });
  };
}

function excerpt(at: Location, colour: Format, paint: Paint): string[] {
  const { line, column, width } = at;
  const number = String(line).padStart(4);
  const blank = " ".repeat(number.length);
  const bar = paint(["dim"], "│");
  const near = nearby(at.text, column - 1);
  const { text, before, under } = cut(cells(near.text), near, width);
  const caret = paint([colour, "bold"], "^".repeat(Math.max(1, under)));
  return [
    `  ${onePerCell(at.file)}:${line}:${column}`,
    `${paint(["dim"], number)} ${bar} ${text}`.trimEnd(),
    `${blank} ${bar} ${" ".repeat(before)}${caret}`,
  ];
}

/** Many times what fits; a line may have megabytes. */
const NEARBY_CHARACTERS = 500;

/** A part of a line around the caret. */
interface Nearby {
  readonly text: string;
  /** In characters of `text`. */
  readonly index: number;
  readonly isCutBefore: boolean;
  readonly isCutBehind: boolean;
}

function nearby(line: string, index: number): Nearby {
  if (line.length <= 2 * NEARBY_CHARACTERS) {
    return { text: line, index, isCutBefore: false, isCutBehind: false };
  }
  const from = Math.max(0, index - NEARBY_CHARACTERS);
  const start = endOfCharacters(line, 0, from);
  const end = endOfCharacters(line, start, index - from + NEARBY_CHARACTERS);
  return {
    text: line.slice(start, end),
    index: index - from,
    isCutBefore: start > 0,
    isCutBehind: end < line.length,
  };
}

/** The offset behind `count` characters from `start` on. */
function endOfCharacters(line: string, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < line.length; left--) {
    at += line.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at;
}

/** One character of the line as it is drawn. */
interface Cell {
  readonly text: string;
  readonly columns: number;
}

function cells(line: string): Cell[] {
  let column = 0;
  return [...line].map((character) => {
    const cell = drawn(character, column);
    column += cell.columns;
    return cell;
  });
}

function drawn(character: string, column: number): Cell {
  if (character === "\t") {
    const columns = TAB_COLUMNS - (column % TAB_COLUMNS);
    return { text: " ".repeat(columns), columns };
  }
  return { text: onePerCell(character), columns: columnsOf(character) };
}

/** The part of the line around the caret that fits, and where the caret goes. */
function cut(
  line: readonly Cell[],
  { index, isCutBefore, isCutBehind }: Nearby,
  width: number,
): { text: string; before: number; under: number } {
  const total = columns(line);
  let from = 0;
  let to = line.length;
  if (total > MAX_COLUMNS) {
    // A third of the room before the caret shows what it belongs to.
    while (columns(line.slice(from, index)) > MAX_COLUMNS / 3) from++;
    while (columns(line.slice(from, to)) > MAX_COLUMNS) to--;
  }
  const head = from > 0 || isCutBefore ? "…" : "";
  const tail = to < line.length || isCutBehind ? "…" : "";
  return {
    text: head + line.slice(from, to).map((c) => c.text).join("") + tail,
    before: head.length + columns(line.slice(from, index)),
    under: columns(line.slice(index, Math.min(index + width, to))),
  };
}

function columns(line: readonly Cell[]): number {
  return line.reduce((sum, cell) => sum + cell.columns, 0);
}

/** As terminals count: 2 for East Asian wide and emoji, 0 for combining. */
function columnsOf(character: string): number {
  if (/^[\p{Mn}\p{Me}\u200b-\u200f\ufe0e\ufe0f]$/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/**
 * A user's text must not steer the terminal. Each character becomes one, so that
 * the columns under it stay.
 */
function onePerCell(text: string): string {
  return stripVTControlCharacters(text).replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
    (c) => c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\ufffd",
  );
}
