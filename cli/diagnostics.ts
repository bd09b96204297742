/**
 * Draws one problem: what, where with a caret, and what to do.
 *
 * @module
 */

import type { Diagnostic, Location } from "../core/errors.ts";

/** Several lines without a final line feed. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, message, at, hint } = diagnostic;
  const lines = [`${severity}[${code}]: ${message}`];
  if (at !== undefined) lines.push(...excerpt(at));
  if (hint !== undefined) lines.push(`  hint: ${hint}`);
  return lines.join("\n");
}

function excerpt(at: Location): string[] {
  const gutter = String(at.line).padStart(4);
  const before = [...at.text].slice(0, at.column - 1).join("");
  const indent = before.replace(/[^\t]/g, " ");
  return [
    `  ${at.file}:${at.line}:${at.column}`,
    `${gutter} │ ${at.text}`,
    `${" ".repeat(gutter.length)} │ ${indent}${"^".repeat(at.width)}`,
  ];
}
