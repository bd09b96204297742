/**
 * `{{ … }}`: the templates upstream files are written with.
 *
 * Go's text/template with the sprig functions people use in such files, over the
 * text of a file, before it is read as HCL. Unlike there, an inserted value is
 * escaped for its place, comments are left alone, and an unset variable is an
 * error. Every place maps back to the file as written.
 *
 * @module
 */

import type { Diagnostic } from "../../base/errors.ts";
import { SourceText } from "../source_text.ts";
import type { Span } from "../syntax_tree.ts";
import { FUNCTION_NAMES, type TemplateWorld } from "./evaluate.ts";
import { Execution } from "./execute.ts";
import { TemplateProblem } from "./nodes.ts";
import { Output } from "./output.ts";
import { parseTemplate } from "./parse.ts";
import { MAX_PROBLEMS } from "./scan.ts";

export type { TemplateWorld } from "./evaluate.ts";

/** A text after its templates. */
export interface Expansion {
  readonly source: SourceText;
  /** Mistakes in the templates themselves. */
  readonly problems: readonly Diagnostic[];
  /** Mistakes that matter only where the text they make is used. */
  readonly failures: readonly {
    readonly diagnostic: Diagnostic;
    /** In the expanded text. */
    readonly offset: number;
  }[];
  /** Spans of the expanded text that came from the environment. */
  readonly secretSpans: readonly Span[];
  /** The texts that came from there. */
  readonly secrets: ReadonlySet<string>;
  /** What stands in for what was not there: sensitive, but known to all. */
  readonly defaults: ReadonlySet<string>;
  /** The expanded text is not worth parsing. */
  readonly isBroken: boolean;
}

/** Whether a text may hold templates at all. */
export function hasTemplates(written: string): boolean {
  return written.includes("{{");
}

/**
 * @param file As the user would name it.
 * @param written The text in the file.
 */
export function expandTemplates(
  file: string,
  written: string,
  world: TemplateWorld,
): Expansion {
  const parsed = parseTemplate(written, FUNCTION_NAMES);
  const output = new Output(written);
  const execution = new Execution(output, world);
  const limit = runWithin(() => execution.run(parsed.nodes));
  const { segments, secretSpans } = output;
  const source = new SourceText(file, written, output.text(), segments);
  const explain = (problem: TemplateProblem) => toDiagnostic(source, problem);
  const told = parsed.problems.slice(0, MAX_PROBLEMS);
  const problems = limit === undefined ? told : [...told, limit];
  return {
    source,
    problems: problems.map(explain),
    failures: execution.failures.map(({ problem, expandedOffset }) => {
      return { diagnostic: explain(problem), offset: expandedOffset };
    }),
    secretSpans,
    secrets: execution.secrets,
    defaults: execution.defaults,
    isBroken: parsed.isBroken || limit !== undefined,
  };
}

function runWithin(run: () => void): TemplateProblem | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof TemplateProblem) return error;
    throw error;
  }
}

function toDiagnostic(
  source: SourceText,
  { code, message, hint, span }: TemplateProblem,
): Diagnostic {
  const at = source.locateWritten(span);
  return { severity: "error", code, message, at, ...(hint && { hint }) };
}
