/**
 * An object's text without one of its keys, all else as it was written.
 *
 * @module
 */

/**
 * @param text A valid JSON object.
 *
 * @example
 * ```ts
 * import { withoutKey } from "./without_key.ts";
 *
 * const text = withoutKey('{"a":1.0,"b":{"c":"}"},"d":12345678901234567890}', "b");
 * if (text !== '{"a":1.0,"d":12345678901234567890}') throw new Error(text);
 * ```
 */
export function withoutKey(text: string, key: string): string {
  const members = [...topLevelMembers(text)]
    .filter((member) =>
      JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(member)![0]) !== key
    );
  return `{${members.join(",")}}`;
}

/** `"a":1.0`, `"b":{…}`, … */
function* topLevelMembers(text: string): Generator<string> {
  const inside = text.trim().slice(1, -1);
  let depth = 0;
  let start = 0;
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;
  for (const { 0: token, index } of inside.matchAll(tokens)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === "," && depth === 0) {
      yield inside.slice(start, index).trim();
      start = index + 1;
    }
  }
  const last = inside.slice(start).trim();
  if (last !== "") yield last;
}
