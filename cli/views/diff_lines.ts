/**
 * Which lines went and which came.
 *
 * @module
 */

/** `-` went, `+` came, a blank stays. */
export interface DiffLine {
  readonly mark: "-" | "+" | " ";
  readonly text: string;
}

/** More to compare than this is not worth the time. */
const MAX_COMPARISONS = 1_000_000;

/** The shortest way from one text to the other, by whole lines. */
export function diffLines(
  before: readonly string[],
  after: readonly string[],
): DiffLine[] {
  if (before.length * after.length > MAX_COMPARISONS) {
    const isSame = before.join("\n") === after.join("\n");
    return isSame
      ? mark(" ", before)
      : [...mark("-", before), ...mark("+", after)];
  }
  const common = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push({ mark: " ", text: before[i] });
      i++;
      j++;
    } else if (j >= after.length || keepsMore(common, i, j)) {
      lines.push({ mark: "-", text: before[i++] });
    } else {
      lines.push({ mark: "+", text: after[j++] });
    }
  }
  return lines;
}

/** Whether leaving out `before[i]` is as good as leaving out `after[j]`. */
function keepsMore(
  common: readonly Uint16Array[],
  i: number,
  j: number,
): boolean {
  return i < common.length - 1 && common[i + 1][j] >= common[i][j + 1];
}

/** How many lines the rests from `i` and `j` on have in common. */
function commonLengths(
  before: readonly string[],
  after: readonly string[],
): Uint16Array[] {
  const common = Array.from(
    { length: before.length + 1 },
    () => new Uint16Array(after.length + 1),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i][j] = before[i] === after[j]
        ? common[i + 1][j + 1] + 1
        : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

function mark(sign: DiffLine["mark"], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ mark: sign, text }));
}
