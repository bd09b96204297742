/**
 * Texts in another language inside strings: which character stands where.
 *
 * An expression has problems of its own, at offsets into what the string stands
 * for. From there back to the file it goes through escapes and the indentation of
 * heredocs; where something was inserted the way back ends, and the whole string
 * answers.
 *
 * @module
 */

import type { Location } from "../../base/errors.ts";
import type { PlacedText } from "../task.ts";
import type { StringValue } from "../../hcl/mod.ts";
import type { Place } from "./problems.ts";

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|.)/y;

/** @param fallback Where the text is used, if it was not written anywhere. */
export function placeText(value: StringValue, fallback: Place): PlacedText {
  const { value: text, span = fallback.span, source = fallback.source } = value;
  const at = source.locate(span);
  if (value.isSensitive) {
    const hidden = hide(at);
    return { text, at: hidden, locate: () => hidden };
  }
  let offsets: readonly number[] | undefined;
  const locate = (start: number, end: number) => {
    offsets ??= findOffsets(source.expanded.slice(span.start, span.end), text);
    const from = offsets[start];
    const last = offsets[Math.max(start, end - 1)];
    if (from === undefined || last === undefined) return at;
    const to = offsets[end] ?? last + 1;
    return source.locate({ start: span.start + from, end: span.start + to });
  };
  return { text, at, locate };
}

function hide(at: Location): Location {
  const characters = [...at.text];
  characters.fill("•", at.column - 1, at.column - 1 + at.width);
  return { ...at, text: characters.join("") };
}

/**
 * For each character of `text` its offset in the literal, and one more for the
 * end; as far as it is certain.
 */
function findOffsets(literal: string, text: string): number[] {
  if (literal.startsWith('"')) return offsetsInQuoted(literal, text);
  if (literal.startsWith("<<")) return offsetsInHeredoc(literal, text);
  return [];
}

function offsetsInQuoted(literal: string, text: string): number[] {
  const offsets: number[] = [];
  let at = 1;
  while (offsets.length < text.length) {
    const { stood, lengthWritten } = readCharacter(literal, at);
    if (!text.startsWith(stood, offsets.length)) return offsets;
    for (let i = 0; i < stood.length; i++) offsets.push(at);
    at += lengthWritten;
  }
  return [...offsets, at];
}

/** What one character, or escape, of a literal stands for. */
function readCharacter(
  literal: string,
  at: number,
): { stood: string; lengthWritten: number } {
  ESCAPE.lastIndex = at;
  const escape = ESCAPE.exec(literal);
  if (escape !== null) {
    const [written, short, long] = escape;
    return {
      stood: unescape(written, short ?? long),
      lengthWritten: written.length,
    };
  }
  const isDouble = /^(\$\$|%%)\{/.test(literal.slice(at, at + 3));
  if (isDouble) return { stood: literal[at], lengthWritten: 2 };
  return { stood: literal[at] ?? "", lengthWritten: 1 };
}

function unescape(written: string, code: string | undefined): string {
  if (code !== undefined) {
    const number = parseInt(code, 16);
    return number <= 0x10ffff ? String.fromCodePoint(number) : "";
  }
  const simple: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
  return simple[written[1]] ?? written[1];
}

/** Line by line: what is missing in front is the indentation. */
function offsetsInHeredoc(literal: string, text: string): number[] {
  const offsets: number[] = [];
  let at = literal.indexOf("\n") + 1;
  for (const line of text.split(/(?<=\n)/)) {
    const next = literal.indexOf("\n", at) + 1;
    const written = literal.slice(at, next === 0 ? undefined : next);
    if (!written.endsWith(line)) return offsets;
    const start = at + written.length - line.length;
    for (let i = 0; i < line.length; i++) offsets.push(start + i);
    at = next;
  }
  return [...offsets, at];
}
