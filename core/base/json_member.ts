/**
 * Where a member of a JSON object stands in its text, so that it can be cut out
 * and everything else keeps its bytes.
 *
 * @module
 */

/** Offsets in the text, in UTF-16 units. */
export interface JsonMember {
  /** Of the key's opening quote. */
  readonly start: number;
  /** Of the value's first character. */
  readonly valueStart: number;
  /** Behind the value. */
  readonly end: number;
  /** Of the comma before it; `undefined` for the first member. */
  readonly comma: number | undefined;
}

/**
 * The last member of that name, which is the one JSON.parse takes.
 * @param text Valid JSON.
 * @param from Where an object begins, white space before it aside.
 */
export function findMember(
  text: string,
  from: number,
  name: string,
): JsonMember | undefined {
  let found: JsonMember | undefined;
  let comma: number | undefined;
  let at = skipBlanks(text, from) + 1;
  for (;;) {
    const start = skipBlanks(text, at);
    if (text[start] !== '"') return found; // the end of an empty object
    const keyEnd = endOfString(text, start);
    const colon = skipBlanks(text, keyEnd);
    const valueStart = skipBlanks(text, colon + 1);
    const end = endOfValue(text, valueStart);
    if (JSON.parse(text.slice(start, keyEnd)) === name) {
      found = { start, valueStart, end, comma };
    }
    const next = skipBlanks(text, end);
    if (text[next] !== ",") return found;
    comma = next;
    at = next + 1;
  }
}

/** The text without a member and without the comma that it had. */
export function cutMember(
  text: string,
  { start, end, comma }: JsonMember,
): string {
  if (comma !== undefined) return text.slice(0, comma) + text.slice(end);
  const next = skipBlanks(text, end);
  if (text[next] !== ",") return text.slice(0, start) + text.slice(end);
  return text.slice(0, start) + text.slice(skipBlanks(text, next + 1));
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== "{" && first !== "[") return endOfWord(text, start);
  let depth = 0;
  for (let at = start;;) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    if (character === "}" || character === "]") depth--;
    at++;
    if (depth === 0) return at;
  }
}

/** A number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (/[-+.\w]/.test(text[at] ?? "")) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (/[\t\n\r ]/.test(text[at] ?? "")) at++;
  return at;
}
