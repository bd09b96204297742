/**
 * Numbers → Markdown.
 *
 * @module
 */

/** One column: its heading and a cell per row. */
export interface Column<Row> {
  readonly heading: string;
  cell(row: Row): string;
}

/** A Markdown table; all columns but the first are aligned to the right. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns.map(({ heading }) => heading)),
    line(columns.map((_, index) => index === 0 ? "---" : "---:")),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ].join("\n");
}

/** The middle of the numbers; `undefined` of none. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
    ? undefined
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** "1,234,567", "12.3", "0.45", or "–" without a number. */
export function show(value: number | undefined, digits = 0): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
