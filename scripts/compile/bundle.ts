/**
 * A program and all it imports → a few files to compile.
 *
 * Compiling the sources as they are would embed whole npm packages (157 MB instead
 * of 96) and the paths of the machine that built them. Minifying drops comments
 * and names that hold paths. What is imported lazily gets a file of its own, which
 * is read when it is asked for: docs/decisions/0004-large-packages-apart.md.
 *
 * @module
 */

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { restoreNames } from "./restore_names.ts";
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
export const FILE_TIME = new Date("2026-01-01T00:00:00Z");

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

/** Bundles a product into a folder of its own; what was in it is gone. */
export async function bundle(
  product: Product,
  folder: string,
): Promise<Bundled> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const source = join(ROOT, product.entry);
  await runBundler(source, [
    "--code-splitting",
    `--outdir=${folder}`,
    ...SEPARATE.map((name) => `--external=${name}`),
  ]);
  await forEachScript(folder, makeReady);
  await forEachScript(folder, restoreNames);
  await separatePackages(folder, bundleAlone);
  const assets: string[] = [];
  for (const [name, url] of Object.entries(product.assets)) {
    const path = join(folder, name);
    await Deno.copyFile(url, path);
    assets.push(path);
  }
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.utime(join(folder, name), FILE_TIME, FILE_TIME);
  }
  const entry = join(folder, basename(product.entry).replace(/\.ts$/, ".js"));
  return { product, entry, assets };
}

/** A package, or a program, and all it imports in one file. */
export async function bundleAlone(
  entry: string,
  output: string,
): Promise<void> {
  await runBundler(entry, [`--output=${output}`]);
  await makeReady(output);
}

async function runBundler(entry: string, args: readonly string[]) {
  await runTool(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--minify",
    "--platform=deno",
    // A package asks for it only where it isn't a global.
    "--external=performance",
    ...args,
    entry,
  ], { cwd: ROOT });
}

async function forEachScript(
  folder: string,
  change: (path: string) => Promise<void>,
): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".js")) await change(join(folder, name));
  }
}

async function makeReady(path: string): Promise<void> {
  const code = inAscii(await Deno.readTextFile(path));
  const needsRequire = code.includes("Dynamic require of");
  await Deno.writeTextFile(path, needsRequire ? REQUIRE + code : code);
}

/**
 * The same program in ASCII, which V8 leaves where it is. For one other letter (the
 * bundler leaves them in regular expressions) it copies all of the text, two bytes
 * a letter, at each start.
 */
export function inAscii(code: string): string {
  return code.replace(
    // deno-lint-ignore no-control-regex
    /[^\x00-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
