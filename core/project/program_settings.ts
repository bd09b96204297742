/**
 * Settings of a program that a provider runs, such as a tap's: asked of the program
 * itself, and each mistake told at its place in the file.
 *
 * A schema says with `x-described-by` that a key holds such settings: which key names
 * the program, how it is asked, and where in its answer the settings' schema stands.
 *
 * @module
 */

import type { Diagnostic } from "../base/errors.ts";
import { isJsonObject, tryParseObject } from "../base/json.ts";
import { checkConfig as checkAgainstSchema } from "../config/check_config.ts";
import type { Configuration, ProviderBlock } from "../config/task.ts";
import { ask } from "../ports/ask.ts";
import { blocksOf } from "./blocks.ts";
import { describe } from "./describe.ts";
import { maskTask } from "./mask.ts";
import { providersOf, type Site, type World } from "./site.ts";

const MARK = "x-described-by";
const TIMEOUT_MS = 60_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

type Schema = Readonly<Record<string, unknown>>;
type Asking = Pick<World, "spawner" | "clock">;

/** One key with settings of a program. */
interface Settings {
  readonly block: ProviderBlock;
  readonly key: string;
  /** What the provider itself says of the key. */
  readonly own: Schema;
  readonly argv: readonly string[];
  /** The key of the answer. */
  readonly answer: string;
}

/** What is wrong with such settings in all tasks. Every program is asked once. */
export async function programSettingsProblems(
  { tasks, folder }: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const providers = providersOf(site);
  const masked = await Promise.all(
    [...tasks.values()].map((task) => maskTask(task, providers)),
  );
  const all: Settings[] = [];
  for (const block of masked.flatMap(blocksOf)) {
    const spec = (await describe(block, providers))?.spec();
    if (spec !== undefined) all.push(...settingsIn(block, spec.config));
  }
  const answers = new Map<string, Promise<Schema | undefined>>();
  const found = await Promise.all(all.map(async (settings) => {
    const question = JSON.stringify(settings.argv);
    const answer = answers.get(question) ??
      askProgram(settings.argv, folder, site.world).catch(() => undefined);
    answers.set(question, answer);
    return problemsOf(settings, await answer);
  }));
  return found.flat();
}

/** @returns The object that a program prints; nothing for one that prints none. */
export async function askProgram(
  argv: readonly string[],
  cwd: string,
  { spawner, clock }: Asking,
): Promise<Record<string, unknown> | undefined> {
  const child = spawner.spawn({ argv, cwd });
  const bounds = { timeoutMs: TIMEOUT_MS, maxOutput: MOST_CHARACTERS };
  const { output } = await ask(child, bounds, clock);
  return tryParseObject(output);
}

function settingsIn(block: ProviderBlock, schema: Schema): Settings[] {
  const config = JSON.parse(block.config.json());
  if (!isJsonObject(schema.properties) || !isJsonObject(config)) return [];
  return Object.entries(schema.properties).flatMap(([key, own]) => {
    const mark = isJsonObject(own) ? own[MARK] : undefined;
    const given = config[key] ?? {};
    if (!isJsonObject(mark) || !isJsonObject(own)) return [];
    // Of a file only its path stands here.
    if (!isJsonObject(given)) return [];
    const words = [config[String(mark.program)] ?? []].flat();
    if (words.length === 0) return [];
    const argv = [...words, ...[mark.args ?? []].flat()].map(String);
    return [{ block, key, own, argv, answer: String(mark.answer) }];
  });
}

function problemsOf(
  { block, key, own, answer, argv }: Settings,
  told: Schema | undefined,
): Diagnostic[] {
  const schema = told?.[answer];
  if (!isJsonObject(schema)) return [];
  const properties = withSecrets(schema, own);
  const isGiven = block.config.keys().has(key);
  const whole = {
    properties: {
      [key]: { ...schema, properties, additionalProperties: false },
    },
    // Without a single setting it is said where the block stands.
    ...(isGiven || [schema.required ?? []].flat().length === 0
      ? {}
      : { required: [key] }),
  };
  const name = typeof told?.name === "string" ? told.name : argv[0];
  return checkAgainstSchema(block.config, whole)
    .map((problem) => asTold(problem, name, key));
}

/** What a program doesn't tell of it may still know. */
function asTold(problem: Diagnostic, name: string, key: string): Diagnostic {
  const isUnknown = problem.code === "config.key_unknown" &&
    problem.message.endsWith(` in "${key}"`);
  return isUnknown
    ? {
      ...problem,
      severity: "warning",
      message: `${name}: ${problem.message}`,
    }
    : { ...problem, message: `${name}: ${problem.message}` };
}

/** A program may forget to say that a setting is a secret. */
function withSecrets(told: Schema, own: Schema): Schema {
  const properties = isJsonObject(told.properties) ? told.properties : {};
  const mine = [own, ...[own.anyOf ?? []].flat()].filter(isJsonObject)
    .map(({ properties }) => properties).filter(isJsonObject);
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const isSecret = mine.some((each) =>
        isJsonObject(each[name]) && each[name].writeOnly === true
      );
      const isObject = isJsonObject(schema);
      return [
        name,
        isSecret && isObject ? { ...schema, writeOnly: true } : schema,
      ];
    }),
  );
}
