/**
 * Scans `<<MARKER` and the lines up to the one that holds only the marker.
 *
 * @module
 */

import type { Mode, Scanner } from "./scanner.ts";
import { dollarLength } from "./scan_quoted.ts";
import { trimBlanks } from "./blanks.ts";

const START = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
const ALMOST =
  /<<-?[ \t]*["']?([\p{ID_Start}_][\p{ID_Continue}-]*)["']?[^\n]*/uy;
const PLAIN = /[^$%\r\n]*/y;

/** Called at `<<`, which begins nothing else, except behind another `<`. */
export function scanHeredocStart(scanner: Scanner): void {
  const { text, at } = scanner;
  if (text[at + 2] === "<") return scanner.emit("<", at + 1);
  START.lastIndex = at;
  const match = START.exec(text);
  if (match === null) return refuseStart(scanner);
  scanner.emit("open_heredoc", START.lastIndex);
  scanner.push({
    kind: "heredoc",
    start: at,
    marker: match[1],
    isAtLineStart: true,
  });
}

export function scanHeredocText(
  scanner: Scanner,
  mode: Mode & { kind: "heredoc" },
): void {
  const { text, at } = scanner;
  if (text[at] === "$" || text[at] === "%") {
    mode.isAtLineStart = false;
    if (text[at + 1] === "{") return scanner.openSequence();
    const length = heredocDollarLength(text, at);
    scanner.emit("heredoc_text", at + length);
  } else scanLine(scanner, mode);
}

/** To the end of the line, or to the next `$` or `%`. */
function scanLine(scanner: Scanner, mode: Mode & { kind: "heredoc" }): void {
  const { text, at } = scanner;
  PLAIN.lastIndex = at;
  PLAIN.test(text);
  const end = PLAIN.lastIndex;
  const breakLength = lineBreakLength(text, end);
  if (breakLength === 0) {
    mode.isAtLineStart = false;
    if (end > at) scanner.emit("heredoc_text", end);
    if (text[end] === "\r") skipLoneReturn(scanner);
    return;
  }
  if (mode.isAtLineStart && trimBlanks(text.slice(at, end)) === mode.marker) {
    scanner.pop();
    scanner.emit("close_heredoc", end);
    return scanner.emit("newline", end + breakLength);
  }
  mode.isAtLineStart = true;
  scanner.emit("heredoc_text", end + breakLength);
}

/**
 * HashiCorp's scanner takes the one byte behind a `$` into its token when a line
 * break follows, even if that byte is a line break itself. It matters to strip
 * markers and to where a line begins.
 */
function heredocDollarLength(text: string, at: number): number {
  const length = dollarLength(text, at);
  const isByte = text.charCodeAt(at + 1) < 128;
  if (length > 1 || !isByte) return length;
  return text[at + 2] === "\n" || text[at + 2] === "\r" ? 2 : 1;
}

function lineBreakLength(text: string, at: number): number {
  if (text[at] === "\n") return 1;
  return text[at] === "\r" && text[at + 1] === "\n" ? 2 : 0;
}

function skipLoneReturn(scanner: Scanner): void {
  const span = { start: scanner.at, end: scanner.at + 1 };
  scanner.problems.reportOnce(
    "character",
    span,
    "a carriage return without a line feed",
    "save the file with LF or CRLF line ends",
  );
  scanner.at++;
}

/** The file ended before the marker's line. */
export function reportUnclosedHeredoc(
  { text, problems }: Scanner,
  { start, marker }: Mode & { kind: "heredoc" },
): void {
  const end = start + /^<<-?/.exec(text.slice(start, start + 3))![0].length +
    marker.length;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  problems.report(
    "unclosed",
    { start, end },
    `the heredoc is not closed: no line holds just "${marker}"`,
    trimBlanks(lastLine) === marker
      ? `add a line break behind the last "${marker}"`
      : `end it with a line of its own: ${marker}`,
  );
}

/** Takes the lines that were meant to be the heredoc along, if it ends. */
function refuseStart(scanner: Scanner): void {
  const { text, at, problems } = scanner;
  ALMOST.lastIndex = at;
  // Looking for an end in vain takes the whole file each time.
  const match = problems.isStopped ? null : ALMOST.exec(text);
  const marker = match?.[1] ?? "EOT";
  const end = match === null ? at + 2 : ALMOST.lastIndex;
  problems.report(
    "value",
    { start: at, end },
    "a heredoc begins with << and a word, directly followed by a line break",
    `write <<${marker} at the end of the line`,
  );
  scanner.emit("invalid", endOfIntended(text, end, match?.[1]) ?? end);
}

function endOfIntended(
  text: string,
  from: number,
  marker: string | undefined,
): number | undefined {
  if (marker === undefined) return undefined;
  const last = new RegExp(`\\n[ \\t]*${marker}[ \\t]*(?=\\r?\\n|$)`, "g");
  last.lastIndex = from;
  return last.test(text) ? last.lastIndex : undefined;
}
