/**
 * The files under good/ and bad/: how one is loaded and what of it is kept.
 *
 * Lines at the top of a file say what is around it:
 * `# env NAME=value`, `# var name=value`, `# tasks a b`, `# allow-missing-env`.
 * A folder is loaded as one configuration; the lines may be in any of its files.
 *
 * @module
 */

import { relative } from "node:path";
import { load, type LoadOptions } from "../../core/config/load.ts";
import type {
  ConfigTree,
  Configuration,
  ProviderBlock,
  ProviderSource,
  Task,
} from "../../core/config/task.ts";
import { variablesOf } from "../../core/config/environment.ts";
import { expandTemplates } from "../../core/hcl/template/mod.ts";

/** 2026-03-14T12:00:00Z: noon, so that it is that day nearly everywhere. */
const NOW_MS = Date.UTC(2026, 2, 14, 12);

/** Names of the cases below good/ or bad/, sorted. */
export function listCases(folder: URL): string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name, isDirectory }) => isDirectory || name.endsWith(".hcl"))
    .map(({ name }) => name)
    .sort();
}

/** Every text of a case by its file's name. */
export function readTexts(folder: URL, name: string): Map<string, string> {
  if (name.endsWith(".hcl")) {
    return new Map([[name, Deno.readTextFileSync(new URL(name, folder))]]);
  }
  const inside = new URL(`${name}/`, folder);
  const names = [...Deno.readDirSync(inside)].map((entry) => entry.name);
  return new Map(
    names.map((file) => [file, Deno.readTextFileSync(new URL(file, inside))]),
  );
}

/** The texts as the parser reads them: templates expanded. */
export function expandCase(folder: URL, name: string): Map<string, string> {
  const texts = readTexts(folder, name);
  const { env, allowMissingEnv = false } = readOptions(topLines(texts));
  const world = {
    ...variablesOf(env),
    allowMissingEnv,
    wallMs: () => NOW_MS,
  };
  return new Map(
    [...texts].map(([file, text]) => [
      file,
      expandTemplates(file, text, world).source.expanded,
    ]),
  );
}

/** Loads a case with what its first lines say. */
export function loadCase(folder: URL, name: string): Promise<Configuration> {
  return load({
    path: name,
    workingFolder: pathOf(folder),
    wallMs: () => NOW_MS,
    version: "0.1.0",
    ...readOptions(topLines(readTexts(folder, name))),
  });
}

function topLines(texts: ReadonlyMap<string, string>): string[] {
  return [...texts.values()]
    .flatMap((text) => /^(#.*\r?\n)*/.exec(text)![0].split(/\r?\n/));
}

/** What `# env …` and the others say. */
export function readOptions(
  lines: readonly string[],
): Pick<LoadOptions, "env" | "variables" | "tasks" | "allowMissingEnv"> {
  const env: Record<string, string> = {};
  const variables: Record<string, string> = {};
  let tasks: string[] | undefined;
  for (const line of lines) {
    const [, word, name, value] = /^# (env|var) (\w+)=(.*)$/.exec(line) ?? [];
    if (word === "env") env[name] = value.replaceAll("\\n", "\n");
    if (word === "var") variables[name] = value;
    if (line.startsWith("# tasks ")) tasks = line.slice(8).split(" ");
  }
  const allowMissingEnv = lines.includes("# allow-missing-env");
  return { env, variables, tasks, allowMissingEnv };
}

/** What must not change unnoticed, as JSON text. */
export function describe(configuration: Configuration, folder: URL): string {
  const { registry, tasks, ingester, publisher, secrets } = configuration;
  const base = pathOf(folder);
  const value = {
    registry,
    tasks: Object.fromEntries(
      [...tasks].map(([name, task]) => [name, describeTask(task, base)]),
    ),
    ingester: ingester && describeConfig(ingester),
    publisher: publisher && describeConfig(publisher),
    secrets: secrets.size > 0 ? [...secrets].sort() : undefined,
  };
  return toText(value, base);
}

function describeTask({ name: _, at: __, ...task }: Task, base: string) {
  const { inputs, outputs, deadLetter, transforms, plugin, ...rest } = task;
  return {
    ...without(rest, {
      type: "providers",
      restart: {},
      shutdownGraceMs: 10_000,
      maxLineBytes: 16_777_216,
      delivery: { windowBytes: 33_554_432, windowEnvelopes: 100_000 },
      statePath: undefined,
    }),
    inputs: inputs.map((block) => describeBlock(block, base)),
    outputs: outputs.map((block) => describeBlock(block, base)),
    deadLetter: deadLetter && describeBlock(deadLetter, base),
    transforms: transforms.length > 0 ? transforms : undefined,
    plugin: plugin && {
      source: describeSource(plugin.source, base),
      config: describeConfig(plugin.config),
      input: plugin.input && describeSide(plugin.input),
      output: plugin.output && describeSide(plugin.output),
    },
  };
}

function describeSide(side: { provider: string; config: ConfigTree }) {
  return { provider: side.provider, config: describeConfig(side.config) };
}

function describeBlock(block: ProviderBlock, base: string) {
  const { at: _, sourceAt: __, side: ___, source, config, ...rest } = block;
  return {
    source: describeSource(source, base),
    ...without(rest, {
      args: [],
      env: {},
      readyTimeoutMs: 30_000,
      stdinGraceMs: 1000,
      silentOutputWaitMs: 2000,
      strayLines: "drop",
      restart: {},
    }),
    config: describeConfig(config),
  };
}

function describeSource(source: ProviderSource, base: string): string {
  switch (source.kind) {
    case "builtin":
      return `builtin ${source.name}`;
    case "path":
      return `path ${relative(base, source.path).replaceAll("\\", "/")}`;
    case "reference":
      return `reference ${source.reference}`;
  }
}

/** With what a user may see, where that differs. */
function describeConfig(config: ConfigTree): unknown {
  const [json, redacted] = [config.json(), config.redactedJson()];
  return json === redacted
    ? parsePrecise(json)
    : { sent: parsePrecise(json), shown: parsePrecise(redacted) };
}

/** Numbers keep their digits; the compiler knows neither function yet. */
function parsePrecise(json: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const revive = (_key: string, value: unknown, context: { source: string }) =>
    typeof value === "number" ? rawJSON(context.source) : value;
  return JSON.parse(json, revive as never);
}

/** Leaves out what has its default. */
function without(value: object, defaults: Record<string, unknown>): object {
  const isDefault = (key: string, each: unknown) =>
    key === "statePath"
      ? /[\\/]\.dstream[\\/]state[\\/][\w-]+\.json$/.test(String(each))
      : key in defaults &&
        JSON.stringify(each) === JSON.stringify(defaults[key]);
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => !isDefault(key, each)),
  );
}

function toText(value: unknown, base: string): string {
  const escaped = JSON.stringify(base).slice(1, -1);
  const text = JSON.stringify(value, null, 2).replaceAll(escaped, "FOLDER")
    .replaceAll(base.replaceAll("\\", "/"), "FOLDER");
  return `${text}\n`;
}

function pathOf(folder: URL): string {
  const path = decodeURIComponent(folder.pathname).replace(/\/$/, "");
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
