/**
 * Errors as text: code, place, details, hint; never a stack trace.
 *
 * @module
 */

import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../../core/base/errors.ts";
import { renderDiagnostic } from "./diagnostics.ts";
import { type Paint, plain } from "../terminal/colour.ts";
import { formatFailLine } from "./end_line.ts";
import { plural, visible } from "./units.ts";

/** Any error that ends a command. */
export function renderFailure(error: unknown, paint: Paint): string {
  if (error instanceof DiagnosticsError) {
    return renderDiagnostics(error.diagnostics, paint);
  }
  return renderLines(asDstreamError(error), paint).join("\n");
}

/** Several problems, a blank line between them, and how many there are. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  paint: Paint,
): string {
  const colours = paint !== plain;
  const texts = diagnostics.map((each) => renderDiagnostic(each, { colours }));
  if (diagnostics.length > 1) texts.push(countProblems(diagnostics));
  return texts.join("\n\n");
}

/** `2 errors, 1 warning` */
export function countProblems(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((d) => d.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...errors > 0 ? [plural(errors, "error")] : [],
    ...warnings > 0 ? [plural(warnings, "warning")] : [],
  ];
  return parts.join(", ");
}

/** The end of a task that failed: the reason first, then what helps. */
export function renderTaskFailure(
  task: string,
  error: DstreamError,
  paint: Paint,
  counts?: string,
): string {
  const head = formatFailLine(task, `${error.message} [${error.code}]`);
  const [, ...body] = renderLines(error, paint);
  const tail = counts === undefined ? [] : [`  until then: ${counts}`];
  return [paint("red", head), ...body, ...tail].join("\n");
}

/**
 * What is no {@link DstreamError} is a mistake in dstream itself, and is said so.
 * Its own text may hold anything, so only the first line is shown.
 */
export function asDstreamError(error: unknown): DstreamError {
  if (error instanceof DstreamError) return error;
  const text = error instanceof Error
    ? `${error.name}: ${error.message}`
    : String(error);
  return new DstreamError(
    "internal.unexpected",
    text.split("\n")[0],
    {
      cause: error,
      hint: "this is a bug in dstream; please report it",
    },
  );
}

/** Details stand between the excerpt and the hint. */
function renderLines(error: DstreamError, paint: Paint): string[] {
  const { code, message, at, details, hint } = error;
  const colours = paint !== plain;
  const problem = { severity: "error", code, message, at } as const;
  return [
    ...renderDiagnostic(problem, { colours }).split("\n"),
    ...details.map((line) => `    ${visible(line)}`),
    ...hint === undefined ? [] : [`  ${paint("cyan", "hint")}: ${hint}`],
  ];
}
