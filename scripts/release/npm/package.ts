/**
 * The SDK as a package for npm: JavaScript modules and their types, no dependencies.
 *
 * TypeScript's own compiler takes the types off; what newer than ES2022 is in the
 * code is written in older words, so that Node 20 runs it.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { makeTarball } from "./tarball.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CORE = join(ROOT, "core");

/** What stands for Deno on Node: name in the package → file here. */
const RUNTIMES = {
  "runtime.js": "deno_on_node.ts",
  "runtime_files.js": "files_on_node.ts",
  "runtime_testing.js": "testing_on_node.ts",
} as const;

/** What can be imported: name in the package → file. */
const ENTRIES: Readonly<Record<string, string>> = {
  ".": "sdk/mod.ts",
  "./changes": "sdk/changes/mod.ts",
  "./files": "sdk/files/mod.ts",
  "./service": "sdk/service/mod.ts",
  "./testing": "sdk/testing.ts",
};

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
  types: [],
  declaration: true,
  // `deno check` has checked it, with Deno's types.
  noCheck: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  rootDir: CORE,
  removeComments: false,
  stripInternal: true,
};

/**
 * Writes `dstream-sdk-VERSION.tgz`.
 * @returns Its path.
 */
export async function writeSdk(
  folder: string,
  version: string,
): Promise<string> {
  const path = join(folder, `dstream-sdk-${version}.tgz`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, makeTarball(await packageFiles(version)));
  return path;
}

/** Name in the package → bytes, sorted by name. */
export async function packageFiles(
  version: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map([
    ...compile(),
    ...await runtimes(),
    ["package.json", packageJson(version)],
    ["README.md", README],
    ["LICENSE", await readFile(join(ROOT, "LICENSE"), "utf-8")],
  ]);
  const encoder = new TextEncoder();
  const names = [...files.keys()].sort();
  return new Map(names.map((name) => [name, encoder.encode(files.get(name))]));
}

function compile(): Map<string, string> {
  const files = new Map<string, string>();
  const roots = Object.values(ENTRIES).map((file) => join(CORE, file));
  const program = ts.createProgram(roots, { ...OPTIONS, outDir: "/out" });
  program.emit(undefined, (path, text) => {
    const name = relative("/out", path).replaceAll("\\", "/");
    const isCode = name.endsWith(".js");
    files.set(name, isCode ? withRuntime(name, text) : withJsNames(text));
  });
  return files;
}

/** Code that names Deno gets it from `runtime.js`; all of it needs what Node lacks. */
function withRuntime(name: string, text: string): string {
  const isNeeded = /\bDeno\./.test(text) ||
    Object.values(ENTRIES).includes(name.replace(/\.js$/, ".ts"));
  if (!isNeeded) return text;
  const depth = name.split("/").length - 1;
  const from = "../".repeat(depth) + runtimeFor(name);
  return `import { Deno } from "${from}";\n${text}`;
}

/** Who only moves envelopes loads nothing for files or child processes. */
function runtimeFor(name: string): keyof typeof RUNTIMES {
  if (/^sdk\/testing[./]/.test(name)) return "runtime_testing.js";
  const isOfFiles = /^(sdk\/files|base)\//.test(name);
  return isOfFiles ? "runtime_files.js" : "runtime.js";
}

/** In types the compiler leaves names as they are. */
function withJsNames(text: string): string {
  return text.replace(
    /((?:from|import\() ?["']\.{1,2}\/[^"']*)\.ts(["'])/g,
    "$1.js$2",
  );
}

async function runtimes(): Promise<[string, string][]> {
  return await Promise.all(
    Object.entries(RUNTIMES).map(async ([name, file]): Promise<
      [string, string]
    > => {
      const path = fileURLToPath(new URL(file, import.meta.url));
      const text = (await readFile(path, "utf-8"))
        .replace("./deno_on_node.ts", "./runtime.js");
      const options = { compilerOptions: OPTIONS };
      return [name, ts.transpileModule(text, options).outputText];
    }),
  );
}

function packageJson(version: string): string {
  const entries = Object.entries(ENTRIES).map(([name, file]) => {
    const base = `./${file.replace(/\.ts$/, "")}`;
    return [name, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  const text = {
    name: "@dstream/sdk",
    version,
    description: "Write providers for DStream: sources and destinations",
    license: "MIT",
    type: "module",
    engines: { node: ">=20" },
    exports: Object.fromEntries(entries),
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

const README = `# @dstream/sdk

Inputs and outputs for DStream, for Node 20 or newer, and Deno.

\`\`\`js
import { defineInput, runAsMain } from "@dstream/sdk";
\`\`\`

The page "Writing providers" of the project has the rest. On Node 20 numbers that a
double can't hold lose digits in \`parseExactJson\`; newer ones keep them.
`;
