/**
 * Whose mistake a rejected line is: one that is no JSON is the input's.
 *
 * @module
 */

import { tryParseJson } from "../../base/json.ts";

/** What makes a line none that an input may write; never quotes it. */
export function faultOfLine(line: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    return "it is not UTF-8";
  }
  return tryParseJson(text) === undefined ? "it is not JSON" : undefined;
}
