/**
 * Nests `%{ if }` … `%{ endif }` and `%{ for }` … `%{ endfor }`.
 *
 * @module
 */

import type { TemplatePart } from "../syntax_tree.ts";
import { MAX_NESTING } from "./nesting.ts";
import type { Reader } from "./reader.ts";
import type { OpeningPiece, Piece } from "./template.ts";

/** A directive whose end was not yet seen. */
interface Frame {
  readonly opening: OpeningPiece;
  readonly then: TemplatePart[];
  otherwise?: TemplatePart[];
}
type EndPiece = Extract<Piece, { kind: "else" | "endif" | "endfor" }>;

export function nestDirectives(
  reader: Reader,
  pieces: readonly Piece[],
): TemplatePart[] {
  const root: TemplatePart[] = [];
  const frames: Frame[] = [];
  const inside = () => {
    const top = frames.at(-1);
    return top === undefined ? root : top.otherwise ?? top.then;
  };
  for (const piece of pieces) {
    switch (piece.kind) {
      case "text":
      case "interpolation":
        inside().push(piece);
        break;
      case "if":
      case "for":
        if (frames.length >= MAX_NESTING) reader.failTooDeep(piece.span);
        frames.push({ opening: piece, then: [] });
        break;
      case "else":
        beginOtherwise(reader, frames.at(-1), piece);
        break;
      default: {
        const ended = endFrame(reader, frames, piece);
        if (ended !== undefined) inside().push(ended);
      }
    }
  }
  for (const { opening } of frames) reportOpen(reader, opening);
  return root;
}

function beginOtherwise(
  reader: Reader,
  frame: Frame | undefined,
  piece: EndPiece,
): void {
  if (frame?.opening.kind !== "if") {
    return report(reader, piece, '"%{ else }" stands outside of an "if"');
  }
  if (frame.otherwise !== undefined) {
    return report(reader, piece, 'a second "%{ else }" in one "if"');
  }
  frame.otherwise = [];
}

function endFrame(
  reader: Reader,
  frames: Frame[],
  piece: EndPiece,
): TemplatePart | undefined {
  const frame = frames.at(-1);
  const expected = piece.kind === "endif" ? "if" : "for";
  if (frame?.opening.kind !== expected) {
    const message = frame === undefined
      ? `"%{ ${piece.kind} }" ends nothing`
      : `expected "%{ end${frame.opening.kind} }", found "%{ ${piece.kind} }"`;
    report(reader, piece, message);
    return undefined;
  }
  frames.pop();
  const { opening, then, otherwise } = frame;
  const span = { start: opening.span.start, end: piece.span.end };
  return opening.kind === "if"
    ? { ...opening, span, then, otherwise: otherwise ?? [] }
    : { ...opening, span, body: then };
}

function reportOpen({ problems }: Reader, { kind, span }: OpeningPiece): void {
  problems.report(
    "template",
    span,
    `"%{ ${kind} }" is not ended in this string`,
    `add "%{ end${kind} }"`,
  );
}

function report(
  { problems }: Reader,
  { span }: EndPiece,
  message: string,
): void {
  problems.report("template", span, message);
}
