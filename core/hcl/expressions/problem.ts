/**
 * What can be wrong with an expression, with the exact text it is about.
 *
 * An evaluation stops at the first problem of each independent part and carries
 * them all: `[bad, fine, bad]` reports two. A problem inside a local that
 * several expressions use is one and the same object each time, so whoever
 * collects them can leave out what it has already.
 *
 * @module
 */

import {
  type Diagnostic,
  DstreamError,
  type ErrorCode,
} from "../../base/errors.ts";
import type { SourceText } from "../source_text.ts";
import type { Span } from "../syntax_tree.ts";

/** A diagnostic that knows its span; `at` is there when the scope has a source. */
export interface Problem extends Diagnostic {
  readonly span: Span;
}

/** Thrown by `evaluate`: everything that is wrong with one expression. */
export class EvaluationError extends DstreamError {
  override readonly name: string = "EvaluationError";

  constructor(readonly problems: readonly Problem[]) {
    const [first] = problems;
    super(first.code, first.message, {
      at: first.at,
      hint: first.hint,
      isUsage: true,
    });
  }
}

/** An {@link EvaluationError} with one problem. */
export function failure(
  place: { readonly span: Span; readonly source?: SourceText },
  code: ErrorCode,
  message: string,
  hint?: string,
): EvaluationError {
  const at = place.source?.locate(place.span);
  return new EvaluationError([
    { severity: "error", code, message, at, hint, span: place.span },
  ]);
}

/** Runs parts that don't depend on each other and fails with all they found. */
export class ProblemCollector {
  readonly #problems = new Set<Problem>();

  /** @returns `undefined` when the part failed. */
  attempt<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      for (const problem of error.problems) this.#problems.add(problem);
      return undefined;
    }
  }

  /** @throws {EvaluationError} When any part failed. */
  check(): void {
    if (this.#problems.size > 0) {
      throw new EvaluationError([...this.#problems]);
    }
  }

  /** Every part's result. @throws {EvaluationError} */
  static all<T>(parts: readonly (() => T)[]): T[] {
    const collector = new ProblemCollector();
    const results = parts.map((part) => collector.attempt(part));
    collector.check();
    return results as T[];
  }
}
