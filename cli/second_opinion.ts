/**
 * What HashiCorp's own parser thinks of the files: a warning where it disagrees.
 *
 * @module
 */

import { variablesOf } from "../core/config/environment.ts";
import { findFiles, readText } from "../core/config/load/files.ts";
import { readSource } from "../core/config/load/source_file.ts";
import type { Diagnostic } from "../core/base/errors.ts";
import { configPath, environment } from "./configuration.ts";
import type { Context } from "./context.ts";
import { hideSecretsIn } from "./shield.ts";

/** Never fails: a second opinion that can't be had is none. */
export async function secondOpinions(context: Context): Promise<Diagnostic[]> {
  try {
    const { files } = findFiles(configPath(context), context.deps.cwd);
    const opinions = await Promise.all(
      files.map((file) => secondOpinion(file, context)),
    );
    return opinions.filter((opinion) => opinion !== undefined);
  } catch {
    return [];
  }
}

async function secondOpinion(
  file: string,
  context: Context,
): Promise<Diagnostic | undefined> {
  const { findDisagreement } = await import("../core/hcl/referee.ts");
  const { clock, cwd } = context.deps;
  const env = await environment(context);
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
