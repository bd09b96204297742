/**
 * Which executable an `input`, `output` or `dead_letter` block means.
 *
 * A built-in is this very program started once more, so it runs exactly like a
 * provider of anybody else. Secrets never get into argv or the environment: the
 * evaluated `config` travels on stdin alone.
 *
 * Pulling a `provider_ref` from a registry has its one place here, in
 * {@link resolveReference}.
 *
 * @module
 */

import { basename, extname } from "node:path";
import type { ProviderBlock } from "../config/task.ts";
import { DstreamError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import { type BuiltInName, fullName } from "./built_in_names.ts";

/** What there is to choose from. */
export interface ResolveOptions {
  /** The configuration's folder: providers run in it. */
  readonly folder: string;
  readonly builtIns: readonly BuiltInName[];
  /** The words that start this program: executable and its arguments. */
  readonly self: readonly string[];
  /** "windows", "linux", "darwin". */
  readonly os: string;
  /** Told to every provider; a block's own `env` wins. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @returns How to start the block's provider.
 * @throws {DstreamError} `config.provider_unknown`, `config.provider_role`,
 * `config.provider_not_found`, `config.provider_is_folder`,
 * `config.provider_not_executable` or `config.reference_not_supported`.
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
      return resolveReference(block.source.reference, block);
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

/** The place where a reference will become an executable in the cache. */
function resolveReference(
  reference: string,
  block: ProviderBlock,
): never {
  throw new DstreamError(
    "config.reference_not_supported",
    `this version cannot pull "${reference}"`,
    {
      at: block.sourceAt,
      hint:
        "use a built-in (`provider`) or download the executable and name it in `provider_path`",
    },
  );
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
