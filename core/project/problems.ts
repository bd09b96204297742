/**
 * Errors as diagnostics, in the order of the text.
 *
 * @module
 */

import { type Diagnostic, DstreamError } from "../base/errors.ts";

/** @throws Whatever is no DstreamError. */
export function toDiagnostic(error: unknown): Diagnostic {
  if (!(error instanceof DstreamError)) throw error;
  const { code, message, at, hint } = error;
  return { severity: "error", code, message, at, hint };
}

/** By file, line and column; what has no place comes first. */
export function sortByPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => {
    const [at, bt] = [a.at, b.at];
    if (at === undefined || bt === undefined) return at ? 1 : bt ? -1 : 0;
    const byFile = at.file < bt.file ? -1 : at.file > bt.file ? 1 : 0;
    return byFile || at.line - bt.line || at.column - bt.column;
  });
}
