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
 * Bundles each package that the code asks for into a file of the same folder.
 *
 * @param code A bundle in which the packages are left out.
 * @returns The code, asking for the files instead, and their paths.
 */
export async function separatePackages(
  code: string,
  folder: string,
  bundleCode: BundleCode,
): Promise<{ code: string; files: string[] }> {
  const files: string[] = [];
  for (const name of SEPARATE) {
    const asked = `import("${name}")`;
    if (!code.includes(asked)) continue;
    const file = `${name.replace(/^@/, "").replaceAll("/", "-")}.js`;
    const entry = join(folder, `${file}.entry.ts`);
    await Deno.writeTextFile(entry, await reExports(name));
    const path = join(folder, file);
    await bundleCode(entry, path);
    const bundled = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, await inlineWasm(name, bundled));
    await Deno.remove(entry);
    code = code.replaceAll(asked, `import("./${file}")`);
    files.push(path);
  }
  return { code, files };
}

/** By name: a CommonJS package would lose its names otherwise. */
async function reExports(name: string): Promise<string> {
  const names = Object.keys(await import(name))
    .filter((each) => /^[A-Za-z_$][\w$]*$/.test(each)); // not module.exports
  return `export { ${names.join(", ")} } from ${JSON.stringify(name)};\n`;
}
