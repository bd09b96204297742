/**
 * The order in which maps, sets and `sort` go through their texts: by code
 * point, the same on every machine and in every language setting.
 *
 * @module
 */

/** Negative, zero or positive. UTF-16 order differs above U+FFFF. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Entries in the order `for`, `keys` and `values` see them. */
export function sortedEntries<T>(
  entries: ReadonlyMap<string, T>,
): [string, T][] {
  return [...entries].sort(([a], [b]) => compareTexts(a, b));
}

/** Surrogates stand for the code points above all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
