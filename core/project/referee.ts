/**
 * What HashiCorp's own parser thinks of the files: a warning where it disagrees.
 *
 * @module
 */

import { variablesOf } from "../config/environment.ts";
import { findFiles, readText } from "../config/load/files.ts";
import { readSource } from "../config/load/source_file.ts";
import type { Diagnostic } from "../base/errors.ts";
import { environment, pathOf } from "./open.ts";
import { hideSecretsIn } from "./mask.ts";
import type { Site } from "./site.ts";

/** Never fails: without the referee there is no warning. */
export async function refereeWarnings(site: Site): Promise<Diagnostic[]> {
  try {
    const { files } = findFiles(pathOf(site.options), site.world.cwd);
    const warnings = await Promise.all(
      files.map((file) => refereeWarning(file, site)),
    );
    return warnings.filter((warning) => warning !== undefined);
  } catch {
    return [];
  }
}

async function refereeWarning(
  file: string,
  site: Site,
): Promise<Diagnostic | undefined> {
  const { findDisagreement } = await import("../hcl/referee.ts");
  const { clock, cwd } = site.world;
  const env = await environment(site);
  const { source, secrets } = await readSource(readText(file, cwd), {
    ...variablesOf(env),
    allowMissingEnv: true,
    wallMs: () => clock.wallMs(),
  });
  const found = await findDisagreement(source.expanded, source.file);
  if (found === undefined) return undefined;
  return {
    severity: "warning",
    code: "config.second_opinion",
    message: `in ${source.file}, ${hideSecretsIn(found, secrets)}`,
    hint: "HashiCorp's parser reads this file differently; please report it",
  };
}
