/**
 * White space as Go's unicode.IsSpace sees it, which HCL's rules are built on.
 *
 * JavaScript's `trim` also takes U+FEFF and leaves U+0085.
 *
 * @module
 */

const BLANK =
  "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING = new RegExp(`^${BLANK}+`);
const IS_BLANK = new RegExp(BLANK);

export function trimBlanksLeft(text: string): string {
  return text.replace(LEADING, "");
}

/** By hand: a pattern that ends in `$` takes quadratic time. */
export function trimBlanksRight(text: string): string {
  let end = text.length;
  while (end > 0 && IS_BLANK.test(text[end - 1])) end--;
  return text.slice(0, end);
}

export function trimBlanks(text: string): string {
  return trimBlanksLeft(trimBlanksRight(text));
}
