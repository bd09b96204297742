/**
 * Takes the common indentation off a `<<-` heredoc.
 *
 * @module
 */

import { trimBlanksLeft } from "./blanks.ts";
import type { Piece, TextPiece } from "./template.ts";

/**
 * Every line loses as many blanks as the least indented one has; lines of
 * nothing but blanks do not count. Changes the pieces.
 */
export function removeIndentation(pieces: readonly Piece[]): void {
  const indented: TextPiece[] = [];
  let least = Infinity;
  let isLineStart = true;
  for (const piece of pieces) {
    if (isLineStart) {
      const width = piece.kind === "text" ? indentationOf(piece.value) : 0;
      if (piece.kind === "text" && width < Infinity) indented.push(piece);
      least = Math.min(least, width);
    }
    isLineStart = piece.kind === "text" ? piece.value.endsWith("\n") : false;
  }
  for (const piece of indented) piece.value = piece.value.slice(least);
}

/** In blanks; a line of nothing else has no width to speak of. */
function indentationOf(line: string): number {
  const rest = trimBlanksLeft(line);
  if (rest === "" && line.endsWith("\n")) return Infinity;
  return line.length - rest.length;
}
