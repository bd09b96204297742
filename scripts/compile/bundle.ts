/**
 * A program and all it imports → one file to compile.
 *
 * Compiling the sources as they are would embed whole npm packages (157 MB instead
 * of 96) and the paths of the machine that built them. Minifying drops comments
 * and names that hold paths. What is imported lazily still runs when it is asked
 * for; files of its own (code splitting) would lose the names that a CommonJS
 * package exports.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SEPARATE, separatePackages } from "./separate.ts";
import { runTool } from "./tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundled CommonJS packages call `require` for what the runtime has built in.
 * Deno 2.6 leaves that call to a global that modules don't have.
 */
const REQUIRE = 'import{createRequire as $cr}from"node:module";' +
  "const require=$cr(import.meta.url);";

/** `deno compile` embeds the files' times; always the same one. */
const FILE_TIME = new Date("2026-01-01T00:00:00Z");

/** Something that becomes an executable: "dstream", "dstream-in-counter". */
export interface Product {
  readonly name: string;
  /** By which the same executable is another command. */
  readonly otherNames?: readonly string[];
  /** Relative to the project. */
  readonly entry: string;
  /** Files it reads beside itself, by the name it looks for. */
  readonly assets: Readonly<Record<string, URL>>;
}

/** Files ready to be compiled. */
export interface Bundled {
  readonly product: Product;
  readonly entry: string;
  readonly assets: readonly string[];
}

/** Bundles a product into a folder of its own. */
export async function bundle(
  product: Product,
  folder: string,
): Promise<Bundled> {
  await Deno.mkdir(folder, { recursive: true });
  const entry = join(folder, `${product.name}.js`);
  await bundleCode(join(ROOT, product.entry), entry, SEPARATE);
  const { code, files } = await separatePackages(
    await Deno.readTextFile(entry),
    folder,
    bundleCode,
  );
  await Deno.writeTextFile(entry, code);
  const assets: string[] = [];
  for (const [name, url] of Object.entries(product.assets)) {
    const path = join(folder, name);
    await Deno.copyFile(url, path);
    assets.push(path);
  }
  for (const file of [entry, ...files, ...assets]) {
    await Deno.utime(file, FILE_TIME, FILE_TIME);
  }
  return { product, entry, assets };
}

async function bundleCode(
  entry: string,
  output: string,
  external: readonly string[] = [],
): Promise<void> {
  await runTool(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--minify",
    "--platform=deno",
    // A package asks for it only where it isn't a global.
    "--external=performance",
    ...external.map((name) => `--external=${name}`),
    `--output=${output}`,
    entry,
  ], { cwd: ROOT });
  const code = await Deno.readTextFile(output);
  if (code.includes("Dynamic require of")) {
    await Deno.writeTextFile(output, REQUIRE + code);
  }
}
