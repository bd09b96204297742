/**
 * Text cut into what people count as characters: `é` is one, whether written
 * with one code point or two, and so is a family of emoji.
 *
 * @module
 */

let segmenter: Intl.Segmenter | undefined;

/** One string per user-perceived character. */
export function graphemes(text: string): string[] {
  // Only a carriage return with its line feed is more than one there.
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text) && !text.includes("\r\n")) {
    return text.split("");
  }
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
