/**
 * A provider → one JavaScript file, the same for every platform, which dstream runs on
 * its own runtime (docs/publishing.md, "One module for every platform").
 *
 * Nothing is kept apart as in an executable: whatever is imported lazily is in the
 * same file, parsed when it is needed.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAlone, FILE_TIME, type Product } from "./bundle.ts";
import { inlineAllWasm } from "./inline_wasm.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** @returns The path: `<folder>/dstream-in-counter.mjs`. */
export async function bundleModule(
  { name, entry }: Product,
  folder: string,
): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  const source = join(ROOT, ".cache", "bundle", `${name}.module.ts`);
  await Deno.mkdir(dirname(source), { recursive: true });
  await Deno.writeTextFile(source, programOf(join(ROOT, dirname(entry))));
  await bundleAlone(source, path);
  await Deno.writeTextFile(
    path,
    await inlineAllWasm(await Deno.readTextFile(path)),
  );
  await Deno.utime(path, FILE_TIME, FILE_TIME);
  return path;
}

/** Imported, it runs: `import.meta.main` is false there. */
function programOf(folder: string): string {
  return `import { runAsMain } from "@dstream/sdk";
import provider from ${JSON.stringify(join(folder, "mod.ts"))};

await runAsMain(provider);
`;
}
