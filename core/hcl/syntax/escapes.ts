/**
 * From the text of a string as written to the text it stands for.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import type { Problems } from "./problems.ts";

const ESCAPE = /\\(?:u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|[^])?/gu;
const SIMPLE: Readonly<Record<string, string>> = {
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
  '\\"': '"',
  "\\\\": "\\",
};

/** Resolves `\n` and the like, and `$${`. */
export function unescapeQuoted(
  source: string,
  { start, end }: Span,
  problems: Problems,
): string {
  const written = source.slice(start, end);
  if (!written.includes("\\")) return unescapeDollars(written);
  return unescapeDollars(written).replace(ESCAPE, (escape, offset: number) => {
    const simple = SIMPLE[escape];
    if (simple !== undefined) return simple;
    const character = fromUnicodeEscape(escape);
    if (character !== undefined) return character;
    const at = start + offset;
    reportEscape(escape, { start: at, end: at + escape.length }, problems);
    return escape;
  });
}

/** A piece is either `$${` (with what follows it) or holds no `$${`. */
export function unescapeDollars(written: string): string {
  return /^([$%])\1\{/.test(written) ? written.slice(1) : written;
}

function fromUnicodeEscape(escape: string): string | undefined {
  const isComplete = escape[1] === "u"
    ? escape.length === 6
    : escape[1] === "U" && escape.length === 10;
  if (!isComplete) return undefined;
  const code = parseInt(escape.slice(2), 16);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return isSurrogate || code > 0x10ffff
    ? undefined
    : String.fromCodePoint(code);
}

function reportEscape(escape: string, span: Span, problems: Problems): void {
  if (/^\\[uU]/.test(escape)) {
    const digits = escape[1] === "u" ? 4 : 8;
    const isComplete = escape.length === digits + 2;
    return problems.report(
      "escape",
      span,
      isComplete
        ? `"${escape}" is no character of Unicode`
        : `"${escape[0]}${escape[1]}" takes ${digits} hexadecimal digits`,
      isComplete
        ? "characters above U+FFFF are written \\U with 8 digits"
        : digits === 4
        ? "for example \\u00e9"
        : "for example \\U0001f600",
    );
  }
  const isDollar = escape === "\\$" || escape === "\\%";
  problems.report(
    "escape",
    span,
    `"${escape}" is no escape sequence`,
    isDollar
      ? `write ${escape[1]}${escape[1]}{ for the characters ${escape[1]}{`
      : 'known are \\n \\r \\t \\" \\\\ \\uNNNN \\UNNNNNNNN; ' +
        "a backslash itself is \\\\",
  );
}
