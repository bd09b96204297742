/**
 * Everything that is wrong with a configuration, collected while it is read.
 *
 * @module
 */

import type { Diagnostic, ErrorCode, Location } from "../../base/errors.ts";
import {
  EvaluationError,
  type Problem,
  type SourceText,
  type Span,
} from "../../hcl/mod.ts";

/** A span and the text it counts in. */
export interface Place {
  readonly source: SourceText;
  readonly span: Span;
}

/** Stands for a problem that was reported already, wherever it came from. */
const REPORTED: Problem = {
  severity: "error",
  code: "config.reported",
  message: "reported already",
  span: { start: 0, end: 0 },
};

/** An evaluation that fails without anything new to say. */
export function failSilently(): never {
  throw new EvaluationError([REPORTED]);
}

/** Collects diagnostics; the same one twice counts once. */
export class Problems {
  readonly #found = new Set<Diagnostic>();

  /** An error at a place. */
  report(
    at: Place | Location | undefined,
    code: ErrorCode,
    message: string,
    hint?: string,
  ): void {
    const place = at !== undefined && "source" in at
      ? at.source.locate(at.span)
      : at;
    this.add({
      severity: "error",
      code,
      message,
      ...(place !== undefined && { at: place }),
      ...(hint !== undefined && { hint }),
    });
  }

  add(diagnostic: Diagnostic): void {
    if (diagnostic !== REPORTED) this.#found.add(diagnostic);
  }

  /** @returns `undefined` when evaluation failed; the problems are noted. */
  attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      for (const problem of error.problems) this.add(problem);
      return undefined;
    }
  }

  /** By place, without what is only a consequence of something else. */
  sorted(files: readonly string[]): Diagnostic[] {
    const found = distinct([...this.#found]);
    const broken = new Set(found.filter(isTemplate).map(lineOf));
    const codes = new Set(found.map(({ code }) => code));
    return found
      .filter((one) => isTemplate(one) || !broken.has(lineOf(one)))
      .filter((one) => !isConsequence(one, codes))
      .sort((a, b) => compare(a, b, files));
  }
}

/** What a template's own mistakes are called. */
function isTemplate({ code, at }: Diagnostic): boolean {
  if (at === undefined) return false;
  return code.startsWith("config.template_") ||
    (code === "config.env_missing" && at.text.includes("{{"));
}

const MISSING: ReadonlySet<string> = new Set([
  "config.block_missing",
  "config.provider_missing",
  "config.variable_missing",
  "config.variable_unknown",
]);

/**
 * The parser leaves out what it can't read, so what is missing then may well be
 * there; behind a brace that is not closed everything is in the wrong place.
 */
function isConsequence(
  { code, message }: Diagnostic,
  codes: ReadonlySet<string>,
): boolean {
  const isParsed = [...codes].every((one) =>
    !one.startsWith("config.syntax_") && !TORN.has(one)
  );
  if (isParsed) return false;
  if (MISSING.has(code)) return true;
  const isLeftOut = code === "config.reference_unknown" &&
    /^there is no (local value|variable) /.test(message);
  if (isLeftOut) return true;
  const isDisplaced = code === "config.block_unknown" ||
    code === "config.attribute_unknown";
  return isDisplaced && codes.has("config.syntax_unclosed");
}

/** Template mistakes after which a file isn't parsed. */
const TORN: ReadonlySet<string> = new Set([
  "config.template_block",
  "config.template_branches",
  "config.template_too_large",
]);

function lineOf({ at }: Diagnostic): string | undefined {
  return at && `${at.file}:${at.line}`;
}

function distinct(found: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const one of found) {
    const key = `${lineOf(one)}:${one.at?.column}:${one.code}:${one.message}`;
    if (one.at === undefined || !seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** What has no place comes first. */
function compare(
  { at: a }: Diagnostic,
  { at: b }: Diagnostic,
  files: readonly string[],
): number {
  if (a === undefined || b === undefined) return a ? 1 : b ? -1 : 0;
  return files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line ||
    a.column - b.column;
}
