/**
 * Which executable an `input`, `output` or `dead_letter` block means.
 *
 * A built-in is this very program started once more, so it runs exactly like a
 * provider of anybody else. Secrets never get into argv or the environment: the
 * evaluated `config` travels on stdin alone.
 *
 * What a `provider_ref` names was installed before (install.ts).
 *
 * @module
 */

import { basename, extname } from "node:path";
import type { ProviderBlock } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import { type BuiltInName, fullName } from "./built_in_names.ts";
import type { Form } from "./form.ts";

/** Before the path: dstream runs a module on its own runtime. */
const MODULE_WORDS = ["provider", "exec", "--module"];

/** What a `provider_ref` turned out to be. */
export interface InstalledProvider {
  readonly name: string;
  /** Of its executable, or of its module; absolute. */
  readonly path: string;
  readonly form?: Form;
  /** The protocol it speaks, where it was packaged with its description. */
  readonly knownVersion?: 1 | 2;
}

/** What there is to choose from. */
export interface ResolveOptions {
  /** The configuration's folder: providers run in it. */
  readonly folder: string;
  readonly builtIns: readonly BuiltInName[];
  /** The words that start this program: executable and its arguments. */
  readonly self: readonly string[];
  /** "windows", "linux", "darwin". */
  readonly os: string;
  /** By reference, as written. */
  readonly installed?: ReadonlyMap<string, Partial<InstalledProvider>>;
  /** Told to every provider; a block's own `env` wins. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @returns How to start the block's provider.
 * @throws {DstreamError} `config.provider_unknown`, `config.provider_role`,
 * `config.provider_not_found`, `config.provider_is_folder`,
 * `config.provider_not_executable` or `install.missing`.
 */
export async function resolveProvider(
  block: ProviderBlock,
  options: ResolveOptions,
): Promise<ProviderLaunch> {
  switch (block.source.kind) {
    case "builtin":
      return resolveBuiltIn(block.source.name, block, options);
    case "path":
      return await resolvePath(block.source.path, block, options);
    case "reference":
      return resolveReference(block.source.reference, block, options);
  }
}

function resolveBuiltIn(
  name: string,
  block: ProviderBlock,
  options: ResolveOptions,
): ProviderLaunch {
  const { builtIns, self } = options;
  const role = block.side;
  const isThere = builtIns.some((b) => b.name === name && b.role === role);
  if (!isThere) throw unknownBuiltIn(name, block, builtIns);
  const argv = [...self, "provider", "exec", fullName({ role, name })];
  return {
    name,
    launch: launchOf(argv, block, options),
    knownVersion: 2,
  };
}

async function resolvePath(
  path: string,
  block: ProviderBlock,
  options: ResolveOptions,
): Promise<ProviderLaunch> {
  // Loaded where used: most tasks have built-ins only.
  const { findExecutable } = await import("./executable.ts");
  const { folder, os } = options;
  const at = block.sourceAt;
  const executable = await findExecutable(path, { folder, os, at });
  const name = basename(executable, extname(executable));
  return { name, launch: launchOf([executable], block, options) };
}

function resolveReference(
  reference: string,
  block: ProviderBlock,
  options: ResolveOptions,
): ProviderLaunch {
  const found = options.installed?.get(reference);
  if (found?.name === undefined || found.path === undefined) {
    throw new DstreamError(
      "install.missing",
      `"${reference}" is not installed`,
      {
        at: block.sourceAt,
        hint: `\`dstream provider pull "${reference}"\` gets it`,
      },
    );
  }
  const { name, path, knownVersion } = found;
  const argv = found.form === "module"
    ? [...options.self, ...MODULE_WORDS, path]
    : [path];
  const launch = launchOf(argv, block, options);
  return { name, launch, ...knownVersion && { knownVersion } };
}

function launchOf(
  argv: readonly string[],
  block: ProviderBlock,
  { folder, env }: ResolveOptions,
): ProviderLaunch["launch"] {
  return {
    argv: [...argv, ...block.args],
    cwd: folder,
    env: { ...env, ...block.env },
  };
}

function unknownBuiltIn(
  name: string,
  block: ProviderBlock,
  builtIns: readonly BuiltInName[],
): DstreamError {
  const at = block.sourceAt;
  if (builtIns.some((b) => b.name === name)) {
    const other = block.side === "input" ? "output" : "input";
    return new DstreamError(
      "config.provider_role",
      `the built-in provider "${name}" is an ${other}, not an ${block.side}`,
      { at, hint: "`dstream provider list` shows all" },
    );
  }
  const isFull = builtIns.find((b) =>
    b.role === block.side && fullName(b) === name.replaceAll("_", "-")
  );
  const names = builtIns.filter((b) => b.role === block.side)
    .map((b) => b.name);
  return new DstreamError(
    "config.provider_unknown",
    `there is no built-in provider "${name}"`,
    {
      at,
      hint: isFull === undefined
        ? didYouMean(name, names, "`dstream provider list` shows all")
        : `write "${isFull.name}": the block says that it is an ${block.side}`,
    },
  );
}
