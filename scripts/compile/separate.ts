/**
 * Packages that get a file of their own beside the bundle.
 *
 * Whatever is in the bundle is read and parsed at each start, wanted or not. A
 * package that is large (or a module of ours around one), and that the code imports
 * only where it is used, is therefore bundled alone: docs/decisions/0004-large-packages-apart.md.
 *
 * @module
 */

import { join } from "node:path";
import { inlineWasm } from "./inline_wasm.ts";

/** As the code imports them, always with `await import("…")`. */
export const SEPARATE: readonly string[] = [
  "@azure/event-hubs",
  "@azure/identity",
  "@azure/service-bus",
  "@azure/storage-blob",
  "@dstream/mssql-driver",
  "@dstream/protobuf-files",
  "@platformatic/kafka",
  "pg",
];

/** Turns one file and its imports into another. */
export type BundleCode = (entry: string, output: string) => Promise<void>;

/**
 * Bundles each package that a bundle asks for into a file of the same folder, and
 * lets the bundle ask for that.
 *
 * @param folder Of a bundle in which the packages are left out.
 */
export async function separatePackages(
  folder: string,
  bundleCode: BundleCode,
): Promise<void> {
  const askers = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".js")) askers.set(path, await Deno.readTextFile(path));
  }
  for (const name of SEPARATE) {
    const asked = `import("${name}")`;
    const file = `${name.replace(/^@/, "").replaceAll("/", "-")}.js`;
    const asking = [...askers].filter(([, code]) => code.includes(asked));
    if (asking.length === 0) continue;
    await bundlePackage(name, join(folder, file), bundleCode);
    for (const [path, code] of asking) {
      const changed = code.replaceAll(asked, `import("./${file}")`);
      askers.set(path, changed);
      await Deno.writeTextFile(path, changed);
    }
  }
}

async function bundlePackage(
  name: string,
  path: string,
  bundleCode: BundleCode,
): Promise<void> {
  const entry = `${path}.entry.ts`;
  await Deno.writeTextFile(entry, await reExports(name));
  await bundleCode(entry, path);
  const bundled = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, await inlineWasm(name, bundled));
  await Deno.remove(entry);
}

/** By name: a CommonJS package would lose its names otherwise. */
async function reExports(name: string): Promise<string> {
  const names = Object.keys(await import(name))
    .filter((each) => /^[A-Za-z_$][\w$]*$/.test(each)); // not module.exports
  return `export { ${names.join(", ")} } from ${JSON.stringify(name)};\n`;
}
