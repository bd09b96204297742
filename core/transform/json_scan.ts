/**
 * Finds its way in a JSON text that is known to be valid, without parsing it.
 *
 * Whatever a step does not name stays as it was written, digit for digit. Spans
 * are UTF-16 offsets.
 *
 * @module
 */

/** Half-open. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/** The first offset that is no white space. */
export function skipBlanks(text: string, at: number): number {
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Behind a value; `at` is its first character. */
export function skipValue(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === QUOTE) return skipString(text, at);
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return skipNested(text, at);
  return skipScalar(text, at);
}

/** Behind a string; `at` is its opening quote. */
export function skipString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1);; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

function skipNested(text: string, at: number): number {
  for (let depth = 0;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    at++;
    if (depth === 0) return at;
  }
}

function skipScalar(text: string, at: number): number {
  for (;; at++) {
    const code = text.charCodeAt(at);
    const isEnd = code <= SPACE || code === COMMA || code === CLOSE_BRACE ||
      code === CLOSE_BRACKET;
    // A lone number may end with the text.
    if (isEnd || at >= text.length) return at;
  }
}

/** Goes over the members of an object, without making anything of them. */
export class Members {
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  #at: number;

  /** @param start The opening brace. */
  constructor(readonly text: string, start: number) {
    this.#at = skipBlanks(text, start + 1);
  }

  /** @returns Whether there is another one. */
  next(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.#at) === COMMA) {
      this.#at = skipBlanks(text, this.#at + 1);
    }
    if (text.charCodeAt(this.#at) !== QUOTE) return false;
    this.keyStart = this.#at;
    this.keyEnd = skipString(text, this.keyStart);
    const colon = skipBlanks(text, this.keyEnd);
    this.valueStart = skipBlanks(text, colon + 1);
    this.valueEnd = skipValue(text, this.valueStart);
    this.#at = skipBlanks(text, this.valueEnd);
    return true;
  }

  /** @param quoted The name as `JSON.stringify` writes it. */
  isNamed(quoted: string): boolean {
    const { text, keyStart, keyEnd } = this;
    const lengthWritten = keyEnd - keyStart;
    if (lengthWritten === quoted.length) {
      if (text.startsWith(quoted, keyStart)) return true;
    }
    // Written with escapes a name is longer than it needs to be.
    return lengthWritten > quoted.length && this.#unescaped() === quoted;
  }

  #unescaped(): string | undefined {
    const key = this.text.slice(this.keyStart, this.keyEnd);
    return key.includes("\\") ? JSON.stringify(JSON.parse(key)) : undefined;
  }
}

/**
 * Where the value at a path is; of several with one name the last one counts,
 * as for `JSON.parse`.
 *
 * @param start The opening brace.
 * @param quotedNames Names as `JSON.stringify` writes them.
 */
export function findValue(
  text: string,
  start: number,
  quotedNames: readonly string[],
): TextSpan | undefined {
  let span: TextSpan | undefined;
  for (const [depth, quoted] of quotedNames.entries()) {
    const at = depth === 0 ? start : span!.start;
    if (text.charCodeAt(at) !== OPEN_BRACE) return undefined;
    span = findMember(text, at, quoted);
    if (span === undefined) return undefined;
  }
  return span;
}

function findMember(
  text: string,
  start: number,
  quoted: string,
): TextSpan | undefined {
  let found: TextSpan | undefined;
  const members = new Members(text, start);
  while (members.next()) {
    if (!members.isNamed(quoted)) continue;
    found = { start: members.valueStart, end: members.valueEnd };
  }
  return found;
}
