/**
 * HCL text → syntax tree, with everything that is wrong in it.
 *
 * Accepts exactly what HashiCorp's parser (hcl v2, native syntax) accepts, but
 * has a place for everything and goes on after a mistake. referee.ts compares
 * the two; what differs on purpose is listed in tests/config/referee_cases.ts.
 *
 * @module
 */

import type { Diagnostic } from "../base/errors.ts";
import type { SourceText } from "./source_text.ts";
import { parseFile } from "./syntax/body.ts";
import { checkHeight } from "./syntax/height.ts";
import { Problems } from "./syntax/problems.ts";
import { Reader } from "./syntax/reader.ts";
import { scan } from "./syntax/scanner.ts";
import type { Body } from "./syntax_tree.ts";

/** What a text says, and what is wrong in it. */
export interface Parsed {
  /** Without the items that hold a mistake. */
  readonly body: Body;
  /** At most 50, all of them errors, sorted by place; empty: none. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses one file; never throws. Codes are `config.syntax_…`.
 *
 * @example
 * ```ts
 * import { SourceText } from "./source_text.ts";
 *
 * const source = new SourceText("dstream.hcl", 'task "a" {\n  retries = 3\n}\n');
 * const { body, diagnostics } = parse(source);
 * if (diagnostics.length > 0) throw new Error(diagnostics[0].message);
 * if (body.items[0].kind !== "block") throw new Error("no block");
 * ```
 */
export function parse(source: SourceText): Parsed {
  const problems = new Problems(source);
  const text = source.expanded;
  const reader = new Reader(text, scan(text, problems), problems);
  const body = reader.untilStopped(() => parseFile(reader)) ??
    { span: { start: 0, end: text.length }, items: [] };
  checkHeight(body, problems);
  return { body, diagnostics: problems.diagnostics() };
}
