/**
 * What to say about characters that mean nothing in HCL.
 *
 * @module
 */

import type { Scanner } from "./scanner.ts";

/** Opening quotes of other languages, with what closes them. */
const QUOTES: Readonly<Record<string, string>> = {
  "'": "'",
  "`": "`",
  "“": "”",
  "”": "”",
  "‘": "’",
  "’": "’",
  "«": "»",
  "„": "“",
};

/** Message and hint by character; `undefined` message: the usual one. */
const KNOWN: Readonly<Record<string, readonly [string | undefined, string]>> = {
  ";": [
    '";" does not end an attribute',
    "put each attribute on a line of its own",
  ],
  "&": ['"&" is no operator', 'write "&&" for "and"'],
  "|": ['"|" is no operator', 'write "||" for "or"'],
  "~": ['"~" is no operator', 'write "!" for "not"'],
  "^": ['"^" is no operator', "HCL has no bitwise operators and no powers"],
  "$": [
    '"$" has a meaning only inside of strings',
    "write a reference without it: var.name instead of ${var.name}",
  ],
  "\0": ["the file holds a NUL character", "is it a text, saved as UTF-8?"],
  "\ufffd": [
    "a byte that is not UTF-8, or the character U+FFFD",
    "save the file as UTF-8",
  ],
  "\r": [
    "a carriage return without a line feed",
    "save the file with LF or CRLF line ends",
  ],
  "\ufeff": [
    "a byte order mark (U+FEFF) in the middle of the file",
    "remove it: it may only be the first character",
  ],
};

/** Reports the character at the scanner's place and cuts it off. */
export function reportCharacter(scanner: Scanner): void {
  const { text, at, problems } = scanner;
  const character = String.fromCodePoint(text.codePointAt(at)!);
  const end = Object.hasOwn(QUOTES, character) && !problems.isStopped
    ? endOfQuoted(text, at)
    : at + character.length;
  const span = { start: at, end };
  if (Object.hasOwn(QUOTES, character)) {
    problems.report(
      "character",
      span,
      `strings stand in double quotes, not in ${character}`,
      `write ${JSON.stringify(inside(text, at, end))}`,
    );
  } else if (Object.hasOwn(KNOWN, character)) {
    const [message, hint] = KNOWN[character];
    problems.reportOnce("character", span, message ?? usual(character), hint);
  } else {
    problems.reportOnce(
      "character",
      span,
      usual(character),
      blankHint(character),
    );
  }
  scanner.emit("invalid", end);
}

function usual(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase();
  const name = `U+${code.padStart(4, "0")}`;
  const isVisible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
  return isVisible
    ? `the character "${character}" has no meaning here`
    : `the character ${name} has no meaning here`;
}

function blankHint(character: string): string | undefined {
  return /^[\p{Z}\p{C}]$/u.test(character)
    ? "it cannot be seen: delete it, or replace it by an ordinary space"
    : undefined;
}

/** Behind the closing quote on the same line; else behind the opening one. */
function endOfQuoted(text: string, at: number): number {
  const lineEnd = text.indexOf("\n", at);
  const line = text.slice(at + 1, lineEnd < 0 ? undefined : lineEnd);
  const length = line.indexOf(QUOTES[text[at]]);
  return length < 0 ? at + 1 : at + 1 + length + 1;
}

function inside(text: string, start: number, end: number): string {
  return end > start + 1 ? text.slice(start + 1, end - 1) : "…";
}
