/**
 * Reads the files, evaluates them and hands out {@link Configuration}.
 *
 * @module
 */

import { DstreamError } from "../errors.ts";
import type { Configuration } from "./task.ts";

/** How to load; everything from outside comes in here. */
export interface LoadOptions {
  /** `-c`: a file or a folder, relative to `workingFolder`. */
  readonly path: string;
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
   * Absent: all of them.
   */
  readonly tasks?: readonly string[];
  /** For `timestamp()` and `{{ now }}`: milliseconds since 1970. */
  readonly wallMs: () => number;
}

/**
 * @throws {DiagnosticsError} With every problem found, sorted by place.
 */
export function load(_options: LoadOptions): Promise<Configuration> {
  throw new DstreamError("config.not_built", "loading is not built yet");
}
