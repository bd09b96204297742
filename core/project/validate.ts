/**
 * Everything that is wrong with a configuration, as one verdict.
 *
 * @module
 */

import type { Configuration } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import { checkConfiguration } from "./check.ts";
import { letterPlaceWarnings } from "./no_place_for_letters.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import { describePaths } from "./path_specs.ts";
import { programSettingsProblems } from "./program_settings.ts";
import { refereeWarnings } from "./referee.ts";
import { signatureProblems } from "./registry_settings.ts";
import { providersOf, type Site } from "./site.ts";
import { stillDateWarnings } from "./still_dates.ts";

/** What `validate` found. */
export interface Verdict {
  readonly isValid: boolean;
  /** The files read, as the user would name them. */
  readonly files: readonly string[];
  /** Names of the tasks. */
  readonly tasks: readonly string[];
  /** For people: the root blocks of `dstream ingester` and `router`. */
  readonly blocks: readonly string[];
  /** In the order of the text; there may be warnings in what is valid. */
  readonly diagnostics: readonly Diagnostic[];
}

/** @returns What is wrong with the providers too. */
export async function verdictOf(
  configuration: Configuration,
  site: Site,
): Promise<Verdict> {
  return toVerdict(configuration, [
    ...await describePaths(configuration, site),
    ...await checkConfiguration(configuration, site),
    ...await signatureProblems(configuration),
    ...await stillDateWarnings(configuration, providersOf(site)),
    ...await letterPlaceWarnings(configuration, providersOf(site)),
    ...await programSettingsProblems(configuration, site),
    ...await refereeWarnings(site),
  ]);
}

/**
 * The verdict on what could not be loaded.
 * @throws What is no problem of the configuration.
 */
export async function verdictOfFailure(
  error: unknown,
  site: Site,
): Promise<Verdict> {
  const problems = error instanceof DiagnosticsError
    ? error.diagnostics
    : [toDiagnostic(error)];
  return toVerdict(undefined, [...problems, ...await refereeWarnings(site)]);
}

function toVerdict(
  configuration: Configuration | undefined,
  diagnostics: readonly Diagnostic[],
): Verdict {
  return {
    isValid: configuration !== undefined &&
      !diagnostics.some((d) => d.severity === "error"),
    files: configuration?.files ?? [],
    tasks: [...configuration?.tasks.keys() ?? []],
    blocks: [
      ...configuration?.ingester ? ["the ingester block"] : [],
      ...configuration?.publisher ? ["the publisher block"] : [],
    ],
    diagnostics: sortByPlace(diagnostics),
  };
}
