/**
 * Reads the files, evaluates them and hands out {@link Configuration}.
 *
 * Templates are expanded, the text parsed, names resolved, blocks read; every
 * problem of every file is collected on the way and reported in one go.
 *
 * @module
 */

import { ConfigurationError } from "./configuration_error.ts";
import { Scope } from "../hcl/mod.ts";
import { ConfigurationReader } from "./load/configuration.ts";
import { besideText, findFiles, readText } from "./load/files.ts";
import { functionTable } from "./load/function_table.ts";
import { Problems } from "./load/problems.ts";
import { Secrets } from "./load/secrets.ts";
import { readSource } from "./load/source_file.ts";
import { collectValues, type GivenValues } from "./load/variable_values.ts";
import type { Configuration } from "./task.ts";
import { variablesOf } from "./environment.ts";

/** How to load; everything from outside comes in here. */
export interface LoadOptions {
  /** `-c`: a file or a folder, relative to `workingFolder`. */
  readonly path: string;
  /** The text of a configuration that is in no file; `path` then only names it. */
  readonly text?: string;
  readonly workingFolder: string;
  /** Environment as `env()` sees it (process plus `--env-file`). */
  readonly env: Readonly<Record<string, string>>;
  /** `--var name=text`, strongest. */
  readonly variables?: Readonly<Record<string, string>>;
  /** `--var-file` paths, in order. */
  readonly variableFiles?: readonly string[];
  /** `--allow-missing-env`: an unset variable is an empty string. */
  readonly allowMissingEnv?: boolean;
  /**
   * Evaluate only these tasks: an unset variable in another task is no error.
   * Absent: all of them, and the `ingester` and `publisher` blocks.
   */
  readonly tasks?: readonly string[];
  /** Evaluate the `ingester` and `publisher` blocks also when tasks are named. */
  readonly hasServerBlocks?: boolean;
  /** For `timestamp()` and `{{ now }}`: milliseconds since 1970. */
  readonly wallMs: () => number;
  /** The version that runs, for `required_version`; absent: not checked. */
  readonly version?: string;
}

/**
 * @throws {ConfigurationError} With every problem found, sorted by place.
 * @throws {DstreamError} `config.file_not_found`, `config.file_unreadable`,
 * `config.file_not_text`.
 */
export async function load(options: LoadOptions): Promise<Configuration> {
  const { path, workingFolder } = options;
  const problems = new Problems();
  const found = options.text === undefined
    ? findFiles(path, workingFolder)
    : besideText(workingFolder);
  const texts = options.text === undefined
    ? found.files.map((file) => readText(file, workingFolder))
    : [{ name: path, text: options.text }];
  const files = await Promise.all(
    texts.map((text) => readSource(text, world(options))),
  );
  const given = await givenValues(found.autoVariables, options, problems);
  const secrets = new Secrets();
  const functions = await functionTable(
    [...files, ...given.files],
    found.folder,
    options,
    secrets,
  );
  const reader = new ConfigurationReader({
    files,
    values: given.values,
    scope: new Scope({ functions }),
    folder: found.folder,
    tasks: options.tasks,
    hasServerBlocks: options.hasServerBlocks ?? options.tasks === undefined,
    version: options.version,
    problems,
    secrets,
  });
  const configuration = reader.read();
  const names = [...files, ...given.files].map((file) => file.source.file);
  const diagnostics = problems.sorted(names);
  if (diagnostics.length === 0) return configuration;
  const shown = diagnostics.map((one) => secrets.hideIn(one));
  throw new ConfigurationError(shown, configuration);
}

/** What templates look at. */
function world({ env, allowMissingEnv = false, wallMs }: LoadOptions) {
  return { ...variablesOf(env), allowMissingEnv, wallMs };
}

/** Weakest first: what is read by itself, then each `--var-file`. */
async function givenValues(
  auto: string | undefined,
  options: LoadOptions,
  problems: Problems,
): Promise<GivenValues> {
  const { workingFolder, variableFiles = [], variables = {}, env } = options;
  const paths = auto === undefined ? variableFiles : [auto, ...variableFiles];
  const files = paths.map((path) => readText(path, workingFolder));
  const sources = { flags: variables, env, files };
  return await collectValues(sources, world(options), problems);
}
