/**
 * Loads configurations that a test has as text.
 *
 * @module
 */

import { load, type LoadOptions } from "../../core/config/load.ts";
import type { Configuration } from "../../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../../core/base/errors.ts";

/** File name → text; a text alone is `dstream.hcl`. */
export type Files = Readonly<Record<string, string>> | string;

/** Loads from a folder of its own, which is gone afterwards. */
export async function loadText(
  files: Files,
  options: Partial<LoadOptions> = {},
): Promise<Configuration> {
  const folder = await Deno.makeTempDir({ prefix: "dstream-load-" });
  const all = typeof files === "string" ? { "dstream.hcl": files } : files;
  try {
    for (const [name, text] of Object.entries(all)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return await load({
      path: "dstream.hcl",
      workingFolder: folder,
      env: {},
      wallMs: () => 0,
      ...options,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is wrong with it; nothing when it loads. */
export async function diagnosticsOf(
  files: Files,
  options: Partial<LoadOptions> = {},
): Promise<readonly Diagnostic[]> {
  try {
    await loadText(files, options);
    return [];
  } catch (error) {
    if (error instanceof DiagnosticsError) return error.diagnostics;
    throw error;
  }
}

/** `line: message` of everything that is wrong. */
export async function problemsOf(
  files: Files,
  options: Partial<LoadOptions> = {},
): Promise<string[]> {
  const found = await diagnosticsOf(files, options);
  return found.map((d) => `${d.at?.line ?? "-"}: ${d.message}`);
}
