/**
 * Every function of the language, by name.
 *
 * Three of them need a library (regular expressions, YAML, digests). Evaluation
 * is synchronous, so `createFunctions` loads what the names in
 * `calledFunctions(body)` need, and nothing else.
 *
 * @module
 */

import { CONVERSION_FUNCTIONS } from "./conversions.ts";
import { DATE_FUNCTIONS } from "./dates.ts";
import type { FunctionTable } from "./definition.ts";
import { DIGEST_NAMES, ENCODING_FUNCTIONS, loadCrypto } from "./encoding.ts";
import { fileFunctions } from "./files.ts";
import { FORMAT_FUNCTIONS } from "./format.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { LIST_FUNCTIONS } from "./lists.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { OBJECT_FUNCTIONS } from "./objects.ts";
import { outsideFunctions } from "./outside.ts";
import { loadRegexEngine, REGEX_FUNCTIONS } from "./regex.ts";
import { SET_FUNCTIONS } from "./sets.ts";
import { STRING_FUNCTIONS } from "./strings.ts";
import type { World } from "./world.ts";
import { loadYaml, YAML_FUNCTIONS } from "./yaml.ts";

export type { FunctionTable } from "./definition.ts";
export { calledFunctions } from "./called_functions.ts";
export type { FileInfo, World } from "./world.ts";

/**
 * @param called The names the text calls; a function that needs a library and
 * is not among them fails as a bug when it is called after all.
 */
export async function createFunctions(
  world: World,
  called: ReadonlySet<string>,
): Promise<FunctionTable> {
  await loadLibraries(called);
  return new Map(Object.entries({
    ...STRING_FUNCTIONS,
    ...REGEX_FUNCTIONS,
    ...FORMAT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...LIST_FUNCTIONS,
    ...SET_FUNCTIONS,
    ...OBJECT_FUNCTIONS,
    ...CONVERSION_FUNCTIONS,
    ...JSON_FUNCTIONS,
    ...YAML_FUNCTIONS,
    ...ENCODING_FUNCTIONS,
    ...DATE_FUNCTIONS,
    ...fileFunctions(world),
    ...outsideFunctions(world),
  }));
}

async function loadLibraries(called: ReadonlySet<string>): Promise<void> {
  const needs = (...names: string[]) => names.some((name) => called.has(name));
  await Promise.all([
    needs("regex", "regexall", "replace") && loadRegexEngine(),
    needs("yamldecode") && loadYaml(),
    needs(...DIGEST_NAMES) && loadCrypto(),
  ]);
}
