/**
 * Compares every import with the arrows in ARCHITECTURE.md, and finds circles.
 *
 * The block fenced as `layers` says who may import whom. A layer is a folder or a
 * file (without `.ts`); the longest one that holds a file is the file's layer, and
 * a layer may always import itself. `providers/*` makes each folder in `providers`
 * a layer of its own. `(types)` allows `import type` alone. Tests and what is called
 * test_support.ts may import anything. circles.ts says which circles are allowed.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ALLOWED, explainCircles, findCircles } from "./circles.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CHECKED = ["main.ts", "mod.ts", "cli", "core", "providers"];

/** One layer and where it may reach. */
export interface Layer {
  readonly name: string;
  readonly allowed: readonly Target[];
}

interface Target {
  readonly name: string;
  readonly isTypesOnly: boolean;
}

/** One import; paths are relative to the root, with `/`. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Starts at 1. */
  readonly line: number;
  readonly isTypeOnly: boolean;
}

/** @returns The layers of the block fenced as `layers`. */
export function readLayers(markdown: string): Layer[] {
  const block = /^```layers\r?\n([\s\S]*?)^```/m.exec(markdown);
  if (block === null) throw new Error("there is no block fenced as `layers`");
  return block[1].split("\n").map((line) => line.trim()).filter(Boolean)
    .map((line) => {
      const [name, targets] = line.split("->").map((part) => part.trim());
      if (targets === undefined) throw new Error(`no arrow in "${line}"`);
      return { name, allowed: targets.split(",").filter(Boolean).map(target) };
    });
}

function target(text: string): Target {
  const name = text.trim().replace(/ \(types\)$/, "");
  return { name, isTypesOnly: name !== text.trim() };
}

/** @returns One sentence for each import that has no arrow. */
export function findForbidden(
  layers: readonly Layer[],
  imports: readonly Import[],
): string[] {
  return imports.flatMap((one) => {
    const problem = explain(layers, one);
    return problem === undefined ? [] : `${one.from}:${one.line}: ${problem}`;
  });
}

function explain(
  layers: readonly Layer[],
  { from, to, isTypeOnly }: Import,
): string | undefined {
  const layer = layerOf(layers, from);
  if (layer === undefined) return `${from} is in no layer`;
  if (layerInstance(layer.name, from) === layerInstance(layer.name, to)) return;
  const arrows = layer.allowed.filter(({ name }) => holds(name, to));
  if (arrows.length === 0) return `${layer.name} must not import ${to}`;
  const mayImport = isTypeOnly || arrows.some((arrow) => !arrow.isTypesOnly);
  return mayImport
    ? undefined
    : `${layer.name} may import types alone of ${to}`;
}

function layerOf(layers: readonly Layer[], path: string): Layer | undefined {
  return layers.filter(({ name }) => holds(name, path))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

function holds(name: string, path: string): boolean {
  return layerInstance(name, path) !== undefined;
}

/** The part of `path` that `name` stands for: `providers/*` → `providers/in_x/`. */
function layerInstance(name: string, path: string): string | undefined {
  if (path === `${name}.ts`) return path;
  const pattern = name.replace("*", "[^/]+");
  return new RegExp(`^${pattern}/`).exec(path)?.[0];
}

/** Asks `deno info` for the imports of all files that are no tests. */
async function readImports(): Promise<Import[]> {
  const files = (await Array.fromAsync(listSources())).flat();
  const folder = await Deno.makeTempDir();
  try {
    const entry = join(folder, "all.ts");
    const lines = files.map((path) => `import ${JSON.stringify(urlOf(path))};`);
    await Deno.writeTextFile(entry, lines.join("\n"));
    const info = await denoInfo(entry);
    return info.modules.flatMap(importsOf)
      .filter(({ from }) => files.includes(from));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function* listSources(): AsyncGenerator<string> {
  for (const path of CHECKED) {
    if (path.endsWith(".ts")) yield path;
    else yield* listFolder(path);
  }
}

async function* listFolder(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* listFolder(path);
    else if (/(?<!_test|test_support)\.tsx?$/.test(name)) yield path;
  }
}

interface Info {
  readonly modules: readonly Module[];
}

interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly code?: Resolved;
    readonly type?: Resolved;
  }[];
}

interface Resolved {
  readonly specifier?: string;
  readonly span: { readonly start: { readonly line: number } };
}

async function denoInfo(entry: string): Promise<Info> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `--config=${join(ROOT, "deno.json")}`, entry],
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

function importsOf(module: Module): Import[] {
  const from = pathOf(module.specifier);
  return (module.dependencies ?? []).flatMap(({ code, type }) => {
    const resolved = code ?? type;
    const url = resolved?.specifier;
    if (resolved === undefined || !url?.startsWith("file:")) return [];
    if (!/\.tsx?$/.test(url)) return []; // deno.json has the version
    const line = resolved.span.start.line + 1;
    return [{ from, to: pathOf(url), line, isTypeOnly: code === undefined }];
  });
}

function urlOf(path: string): string {
  return pathToFileURL(join(ROOT, path)).href;
}

function pathOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  return relative(ROOT, fileURLToPath(url)).replaceAll("\\", "/");
}

if (import.meta.main) {
  const drawing = await Deno.readTextFile(join(ROOT, "ARCHITECTURE.md"));
  const imports = await readImports();
  const problems = [
    ...findForbidden(readLayers(drawing), imports),
    ...explainCircles(findCircles(imports), ALLOWED),
  ];
  for (const problem of problems) console.error(problem);
  console.error(
    problems.length === 0
      ? `${imports.length} imports follow the arrows`
      : `${problems.length} problems; ARCHITECTURE.md has the arrows`,
  );
  Deno.exit(problems.length === 0 ? 0 : 1);
}
