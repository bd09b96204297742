/**
 * Checks the digits of a number and keeps every one of them.
 *
 * @module
 */

import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";

const NUMBER = /^0*(\d+)(?:\.(\d*))?(?:[eE]([+-]?)(\d+))?$/;

/** Beyond it a number is a mistake, and costs whoever writes it out. */
const MAX_EXPONENT = 9_999;

/** @returns The digits as a JSON number. */
export function parseDigits({ text, problems }: Reader, token: Token): string {
  const written = text.slice(token.start, token.end);
  const match = NUMBER.exec(written);
  if (match === null) {
    problems.report(
      "number",
      token,
      `"${written}" is no number`,
      "a number has digits, at most one dot and at most one exponent: 1.5e3",
    );
    return "0";
  }
  const [, whole, fraction, sign, exponent] = match;
  if (Number(exponent ?? 0) > MAX_EXPONENT) {
    problems.report(
      "too_large",
      token,
      `the exponent of "${written}" is beyond ${MAX_EXPONENT}`,
    );
  }
  const tail = fraction ? `.${fraction}` : "";
  return whole + tail + (exponent === undefined ? "" : `e${sign}${exponent}`);
}
