/**
 * From the words of `dstream provider test` to what is tried: the executable, its
 * role, a config that works, and what must not be shown.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { readFile, stat } from "node:fs/promises";
import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import type { ProviderBlock } from "../../core/config/task.ts";
import type { Subject } from "../../core/conformance/mod.ts";
import { findBuiltIn, fullName } from "../../core/install/built_in_names.ts";
import { findExecutable } from "../../core/install/executable.ts";
import { createSecretHider } from "../../core/pipeline/session/hide_secrets.ts";
import { ask } from "../../core/ports/ask.ts";
import type { Json, JsonObject } from "../../core/protocol/envelope.ts";
import type { Context } from "../context.ts";
import { openProject } from "../project.ts";
import type { TestWishes } from "./test.ts";

const SPEC_BOUNDS = { timeoutMs: 10_000, maxOutput: 4 * 1024 * 1024 };

/** How the provider is started. */
interface Program {
  readonly argv: readonly string[];
  /** Of a built-in, as blocks name it. */
  readonly builtIn?: string;
  /** Absolute, of any other. */
  readonly path?: string;
}

/** What was found in `--config`. */
interface Given {
  readonly config: JsonObject;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly role?: string;
  readonly secrets: readonly string[];
}

/** @throws {DstreamError} `usage.…`: what is missing or wrong. */
export async function subjectOf(
  wishes: TestWishes,
  folder: string,
  context: Context,
): Promise<Subject> {
  const program = await programOf(wishes.provider, context);
  const given = await givenConfig(program, wishes, context);
  const argv = [...program.argv, ...given?.args ?? [], ...wishes.args];
  const cwd = given?.cwd ?? folder;
  const place = { argv, cwd, ...given?.env && { env: given.env } };
  const spec = await askForSpec(place, context);
  const role = roleOf(wishes.role ?? given?.role ?? spec?.role);
  const config = given?.config ?? exampleOf(spec);
  const secrets = [
    ...given?.secrets ?? [],
    ...secretsIn(config, spec?.config),
  ];
  return {
    ...place,
    role,
    config,
    ...spec && { spec },
    hide: createSecretHider(secrets),
  };
}

/** A name without a dot or a slash is a built-in's, unless there is such a file. */
async function programOf(
  text: string,
  { deps: { cwd, self, builtIns, platform } }: Context,
): Promise<Program> {
  const path = resolve(cwd, text);
  const isPath = /[./\\]/.test(text) || await isFile(path);
  if (!isPath) {
    const found = findBuiltIn(text, builtIns);
    const argv = [...self, "provider", "exec", fullName(found)];
    return { argv, builtIn: found.name };
  }
  const found = await findExecutable(path, { folder: cwd, os: platform.os });
  return { argv: [found], path: found };
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then((info) => info.isFile(), () => false);
}

async function givenConfig(
  program: Program,
  wishes: TestWishes,
  context: Context,
): Promise<Given | undefined> {
  const { config: path } = context.flags;
  if (path === undefined) return undefined;
  if (path.endsWith(".json")) return await readConfig(path, context);
  const { configuration } = await openProject(context);
  const tasks = [...configuration.tasks.values()];
  const blocks = tasks.flatMap((task) => [...task.inputs, ...task.outputs]);
  const block = blocks.find((one) =>
    isOf(one, program) && (wishes.role ?? one.side) === one.side
  );
  if (block === undefined) {
    throw usage("usage.provider_test", `no block of "${path}" runs it`, {
      hint: "name a configuration with such a block, or a .json file",
    });
  }
  return {
    config: JSON.parse(block.config.json()),
    cwd: configuration.folder,
    env: block.env,
    args: block.args,
    role: block.side,
    secrets: [...configuration.secrets],
  };
}

function isOf({ source }: ProviderBlock, { builtIn, path }: Program): boolean {
  if (source.kind === "builtin") return source.name === builtIn;
  return source.kind === "path" && resolve(source.path) === path;
}

async function readConfig(path: string, { deps }: Context): Promise<Given> {
  const full = resolve(deps.cwd, path);
  let config: unknown;
  try {
    config = JSON.parse(await readFile(full, "utf8"));
  } catch (cause) {
    throw usage("usage.provider_test", `cannot read JSON in "${path}"`, {
      cause,
    });
  }
  if (isJsonObject(config)) {
    return { config: config as JsonObject, cwd: dirname(full), secrets: [] };
  }
  throw usage("usage.provider_test", `"${path}" holds no JSON object`, {
    hint: "it is what stands in the config block",
  });
}

/** Anything with a role and a schema; the checks say what else is missing. */
async function askForSpec(
  { argv, cwd, env }: Pick<Subject, "argv" | "cwd" | "env">,
  { deps: { spawner, clock } }: Context,
): Promise<JsonObject | undefined> {
  const child = spawner.spawn({
    argv: [...argv, "spec"],
    ...cwd !== undefined && { cwd },
    ...env && { env },
  });
  const { output } = await ask(child, SPEC_BOUNDS, clock);
  try {
    const spec = JSON.parse(output);
    const { config } = spec;
    const isSpec = isJsonObject(config) && isJsonObject(config.properties);
    return isSpec ? spec : undefined;
  } catch {
    return undefined;
  }
}

function roleOf(role: unknown): "input" | "output" {
  if (role === "input" || role === "output") return role;
  throw usage(
    "usage.provider_test",
    role === undefined
      ? "the provider does not say whether it is an input or an output"
      : `there is no role ${JSON.stringify(role)}`,
    { hint: "say --role input or --role output" },
  );
}

function exampleOf(spec: JsonObject | undefined): JsonObject {
  const [first] = [spec?.examples ?? []].flat();
  return isJsonObject(first) ? first as JsonObject : {};
}

/**
 * Texts of keys that are `writeOnly`, in lists, maps and alternatives too; where
 * nobody knows, all texts.
 */
export function secretsIn(value: Json, schema: Json | undefined): string[] {
  if (schema === undefined) return textsIn(value);
  if (!isJsonObject(schema)) return [];
  if (schema.writeOnly === true) return textsIn(value);
  const { properties, additionalProperties, items, anyOf, oneOf } = schema;
  const alternatives = [anyOf ?? [], oneOf ?? []].flat() as Json[];
  const ofAny = alternatives.flatMap((one) => secretsIn(value, one));
  if (Array.isArray(value)) {
    const inner = value.flatMap((one) => secretsIn(one, items ?? true));
    return [...ofAny, ...inner];
  }
  if (!isJsonObject(value)) return ofAny;
  const known = isJsonObject(properties) ? properties : {};
  const inner = Object.entries(value).flatMap(([key, one]) =>
    secretsIn(one as Json, (known[key] ?? additionalProperties ?? true) as Json)
  );
  return [...ofAny, ...inner];
}

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner as Json));
}

function usage(
  code: "usage.provider_test",
  message: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): DstreamError {
  return new DstreamError(code, message, { isUsage: true, ...more });
}
