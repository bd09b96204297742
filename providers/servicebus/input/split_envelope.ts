/**
 * A body that is an envelope itself, taken apart without changing a digit.
 *
 * @module
 */

const OPENING = /[{[]/;
const CLOSING = /[}\]]/;

/** The texts of both sides. */
export interface SplitEnvelope {
  readonly data: string;
  /** The members of the metadata, without the braces. */
  readonly metadata: string;
}

/**
 * @param text Valid JSON on one line.
 * @returns undefined when it is no object with `data`.
 *
 * @example
 * ```ts
 * import { splitEnvelope } from "./split_envelope.ts";
 *
 * const split = splitEnvelope('{"data":{"n":1.0},"metadata":{"seq":1}}');
 * if (split?.data !== '{"n":1.0}') throw new Error();
 * if (split.metadata !== '"seq":1') throw new Error();
 * ```
 */
export function splitEnvelope(text: string): SplitEnvelope | undefined {
  const members = new Map(membersOf(text.trim()));
  const data = members.get("data") ?? members.get("Data");
  const metadata = members.get("metadata") ?? members.get("Metadata") ?? "{}";
  if (data === undefined || !metadata.startsWith("{")) return undefined;
  const inner = membersOf(metadata)
    .filter(([key]) => key !== "servicebus")
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  return { data, metadata: inner.join(",") };
}

/** Keys and the texts of their values; none where it is no object. */
function membersOf(text: string): [string, string][] {
  if (!text.startsWith("{")) return [];
  const members: [string, string][] = [];
  let [depth, start] = [0, 1];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (CLOSING.test(token) && token.length === 1) depth--;
    const isEnd = depth === 0 || (depth === 1 && token === ",");
    if (isEnd && index > 0) {
      const member = text.slice(start, index).trim();
      if (member !== "") members.push(split(member));
      start = index + 1;
    }
    if (OPENING.test(token) && token.length === 1) depth++;
  }
  return members;
}

function split(member: string): [string, string] {
  const [key] = /^"(?:[^"\\]|\\.)*"/.exec(member)!;
  const value = member.slice(key.length).replace(/^\s*:\s*/, "");
  return [JSON.parse(key), value];
}
