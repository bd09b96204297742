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

/**
 * The same, the last column wrapped so that no line is longer than `columns`
 * (unless too little room is left for it).
 */
export function formatWrappedTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): string {
  const last = headings.length - 1;
  const used = headings.slice(0, last).reduce((sum, heading, i) => {
    const cells = [heading, ...rows.map((row) => row[i])];
    return sum + Math.max(...cells.map(cellWidth)) + GAP.length;
  }, 0);
  const room = Math.max(MIN_ROOM, columns - used);
  const wrapped = rows.flatMap((row) => {
    const [first, ...more] = wrap(row[last], room);
    const blank = row.slice(0, last).map(() => "");
    return [
      [...row.slice(0, last), first],
      ...more.map((line) => [...blank, line]),
    ];
  });
  return formatTable(headings, wrapped);
}

const MIN_ROOM = 30;

/** At least one line; a word that is too long has a line of its own. */
function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && cellWidth(longer) > cells) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
