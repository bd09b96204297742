/**
 * One file: templates expanded, parsed, what is secret marked.
 *
 * @module
 */

import type { Diagnostic } from "../../base/errors.ts";
import { type Body, parse, SourceText } from "../../hcl/mod.ts";
import type { TemplateWorld } from "../../hcl/template/mod.ts";
import type { NamedText } from "./files.ts";
import { otherLanguage } from "./other_language.ts";
import { markSecretLiterals } from "./sensitive_literals.ts";

/** A file ready to be evaluated. */
export interface SourceFile {
  readonly source: SourceText;
  readonly body: Body;
  /** Mistakes whatever the file is used for. */
  readonly diagnostics: readonly Diagnostic[];
  /** Mistakes that matter only where `offset` (expanded text) is used. */
  readonly failures: readonly {
    readonly diagnostic: Diagnostic;
    readonly offset: number;
  }[];
  /** What templates brought from the environment. */
  readonly secrets: ReadonlySet<string>;
  /** What stands in for what was not there. */
  readonly defaults: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Reads one text; never throws. */
export async function readSource(
  named: NamedText,
  world: TemplateWorld,
): Promise<SourceFile> {
  const file = await readHcl(named, world);
  if (file.diagnostics.length === 0) return file;
  const other = otherLanguage(named);
  return other === undefined ? file : { ...file, diagnostics: [other] };
}

async function readHcl(
  { name, text }: NamedText,
  world: TemplateWorld,
): Promise<SourceFile> {
  if (!text.includes("{{")) return withoutTemplates(name, text);
  // Most files have none, and starting is quicker without.
  const { expandTemplates } = await import("../../hcl/template/mod.ts");
  const expansion = expandTemplates(name, text, world);
  const { source, problems, secretSpans, ...rest } = expansion;
  if (expansion.isBroken) {
    const body = { span: { start: 0, end: 0 }, items: [] };
    return { source, body, diagnostics: problems, ...rest };
  }
  const { body, diagnostics } = parse(source);
  return {
    source,
    body: markSecretLiterals(body, secretSpans),
    diagnostics: [...problems, ...diagnostics],
    ...rest,
  };
}

function withoutTemplates(name: string, text: string): SourceFile {
  const source = new SourceText(name, text);
  const none = { failures: [], secrets: NONE, defaults: NONE };
  return { source, ...parse(source), ...none };
}
