/**
 * Values given for variables: flags, environment, files; strongest first.
 *
 * @module
 */

import {
  evaluate,
  type Expression,
  parse,
  type Scope,
  SourceText,
  type Type,
  type Value,
} from "../../hcl/mod.ts";
import type { NamedText } from "./files.ts";
import type { Problems } from "./problems.ts";
import { readSource, type SourceFile } from "./source_file.ts";
import type { TemplateWorld } from "../../hcl/template/mod.ts";

const ENVIRONMENT_PREFIX = "DSTREAM_VAR_";

/** One value, not yet evaluated: how depends on the variable's type. */
export interface GivenValue {
  /** For messages: `--var tables`. */
  readonly origin: string;
  /** Plain text from a flag or the environment, or an expression of a file. */
  readonly given:
    | { readonly kind: "text"; readonly text: string }
    | {
      readonly kind: "expression";
      readonly expression: Expression;
      readonly nameAt: { readonly start: number; readonly end: number };
      readonly file: SourceFile;
    };
}

/** Everything given, and which files it came from. */
export interface GivenValues {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly files: readonly SourceFile[];
}

/** What to look through. */
export interface VariableSources {
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Weakest first. */
  readonly files: readonly NamedText[];
}

/** Reads the files and puts everything in its order. */
export async function collectValues(
  { flags, env, files }: VariableSources,
  world: TemplateWorld,
  problems: Problems,
): Promise<GivenValues> {
  const values = new Map<string, GivenValue>();
  const sources: SourceFile[] = [];
  for (const text of files) {
    const file = await readSource(text, world);
    sources.push(file);
    addFile(file, values, problems);
  }
  for (const [key, text] of Object.entries(env)) {
    if (!key.startsWith(ENVIRONMENT_PREFIX)) continue;
    const name = key.slice(ENVIRONMENT_PREFIX.length);
    values.set(name, { origin: key, given: { kind: "text", text } });
  }
  for (const [name, text] of Object.entries(flags)) {
    values.set(name, {
      origin: `--var ${name}`,
      given: { kind: "text", text },
    });
  }
  return { values, files: sources };
}

function addFile(
  file: SourceFile,
  values: Map<string, GivenValue>,
  problems: Problems,
): void {
  const { source, body, diagnostics, failures } = file;
  for (const diagnostic of diagnostics) problems.add(diagnostic);
  for (const { diagnostic } of failures) problems.add(diagnostic);
  for (const item of body.items) {
    if (item.kind === "block") {
      const message = "a file of variable values has no blocks";
      const at = { source, span: item.typeSpan };
      const hint = "write name = value";
      problems.report(at, "config.block_unknown", message, hint);
      continue;
    }
    const { name, nameSpan: nameAt, value: expression } = item;
    const given = { kind: "expression" as const, expression, nameAt, file };
    values.set(name, { origin: source.file, given });
  }
}

/**
 * The value itself. Text is itself for a string, else it is read as an
 * expression, as `--var 'tables=["a", "b"]'`.
 *
 * @returns `undefined` when that failed; the problems are reported.
 */
export function evaluateGiven(
  { origin, given }: GivenValue,
  type: Type,
  isSensitive: boolean,
  scope: Scope,
  problems: Problems,
): Value | undefined {
  if (given.kind === "expression") {
    const inFile = scope.in(given.file.source);
    return problems.attempt(() => evaluate(given.expression, inFile));
  }
  const isText = type.kind === "string" || type.kind === "dynamic";
  const isScalar = type.kind === "number" || type.kind === "boolean";
  if (isText || isScalar) return { kind: "string", value: given.text };
  return parseText(origin, given.text, isSensitive, scope, problems);
}

function parseText(
  origin: string,
  text: string,
  isSensitive: boolean,
  scope: Scope,
  problems: Problems,
): Value | undefined {
  const prefix = "value = ";
  // A text of its own, so that a mistake in it has a place.
  const source = new SourceText(origin, text, `${prefix}${text}\n`, [
    segment(0, prefix.length, 0, 0),
    { ...segment(prefix.length, text.length, 0, text.length), isCopied: true },
    segment(prefix.length + text.length, 1, text.length, text.length),
  ]);
  const { body, diagnostics } = parse(source);
  const [first] = body.items;
  const isOne = body.items.length === 1 && first.kind === "attribute";
  if (isSensitive && (diagnostics.length > 0 || !isOne)) {
    const message = `the value of ${origin} can't be read`;
    problems.report(undefined, "config.variable_invalid", message);
    return undefined;
  }
  diagnostics.forEach((diagnostic) => problems.add(diagnostic));
  if (diagnostics.length > 0 || !isOne) return undefined;
  return problems.attempt(() => evaluate(first.value, scope.in(source)));
}

function segment(at: number, length: number, from: number, to: number) {
  return {
    expandedStart: at,
    expandedEnd: at + length,
    writtenStart: from,
    writtenEnd: to,
    isCopied: false,
  };
}
