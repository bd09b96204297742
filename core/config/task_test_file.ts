/**
 * Files with tests of tasks → what is given and what is expected.
 *
 * What a test's envelopes become is no matter of this: see core/project/testing.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { DiagnosticsError, type Location } from "../base/errors.ts";
import { objectValue, Scope, stringValue } from "../hcl/mod.ts";
import { variablesOf } from "./environment.ts";
import { readText } from "./load/files.ts";
import { functionTable } from "./load/function_table.ts";
import { Problems } from "./load/problems.ts";
import { Secrets } from "./load/secrets.ts";
import { readSource } from "./load/source_file.ts";
import { readTests } from "./load/test_block.ts";
import type { PlacedText } from "./task.ts";

/** One `test` block. */
export interface TaskTest {
  readonly name: string;
  readonly at: Location;
  /** Name of the task. */
  readonly task: PlacedText;
  /** Values of `variable` blocks for this test. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment variables for this test. */
  readonly env: Readonly<Record<string, string>>;
  /** What its file read from the environment. */
  readonly secrets: ReadonlySet<string>;
  /** Envelopes as the input would write them, without line feeds. */
  readonly given: readonly string[];
  readonly outputs: readonly OutputExpectation[];
  readonly deadLetters?: LettersExpectation;
  /** How many envelopes no output gets and nobody refuses. */
  readonly filtered?: number;
  /** Part of the message the task fails with. */
  readonly error?: string;
}

/** How envelopes are compared: whole, their `data` alone, or as far as is written. */
export type Comparison = "envelopes" | "records" | "contains";

/** Envelopes, one after the other. */
export interface ExpectedLines {
  readonly comparison: Comparison;
  /** JSON texts. */
  readonly lines: readonly string[];
}

/** What one output gets. */
export interface OutputExpectation {
  readonly at: Location;
  /** Absent: the only output of the task. */
  readonly label?: PlacedText;
  readonly lines?: ExpectedLines;
  readonly count?: number;
  /** Expressions that are true for every envelope. */
  readonly checks: readonly PlacedText[];
}

/** What becomes a dead letter. */
export interface LettersExpectation {
  readonly at: Location;
  readonly lines?: ExpectedLines;
  readonly count?: number;
  /** Parts of the reasons, one for each letter. */
  readonly reasons?: readonly string[];
}

/** How to read a file with tests. */
export interface TestFileOptions {
  /** Relative to `workingFolder`. */
  readonly path: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wallMs: () => number;
}

/**
 * Reads the tests of one file, in the order written.
 * @throws {DiagnosticsError} With every problem found.
 * @throws {DstreamError} For a file that can't be read.
 */
export async function readTestFile(
  options: TestFileOptions,
): Promise<readonly TaskTest[]> {
  const { path, workingFolder, env, wallMs } = options;
  const world = { ...variablesOf(env), allowMissingEnv: false, wallMs };
  const file = await readSource(readText(path, workingFolder), world);
  const folder = dirname(resolve(workingFolder, path));
  const problems = new Problems();
  const secrets = new Secrets();
  const found = file.failures.map(({ diagnostic }) => diagnostic);
  for (const one of [...file.diagnostics, ...found]) problems.add(one);
  const functions = await functionTable([file], folder, options, secrets);
  const root = objectValue([["root", stringValue(folder)]]);
  const scope = new Scope({ functions }).with([["path", root]]);
  const { source, body } = file;
  const tests = readTests(body, { source, problems, scope });
  const diagnostics = problems.sorted([source.file]);
  for (const text of file.secrets) secrets.note(text);
  const texts = secrets.texts();
  if (diagnostics.length === 0) {
    return tests.map((test) => ({ ...test, secrets: texts }));
  }
  throw new DiagnosticsError(diagnostics.map((one) => secrets.hideIn(one)));
}
