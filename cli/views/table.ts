/**
 * Columns of text, aligned.
 *
 * @module
 */

import { cellWidth } from "./units.ts";

const GAP = "  ";

/** A heading line and the rows; no trailing spaces. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return alignColumns([headings, ...rows]);
}

/** Rows without a heading. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, i) => Math.max(...rows.map((row) => cellWidth(row[i] ?? ""))),
  );
  return rows.map((row) => alignRow(row, widths)).join("\n");
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => cell + " ".repeat(widths[i] - cellWidth(cell)))
    .join(GAP)
    .trimEnd();
}
