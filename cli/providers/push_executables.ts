/**
 * Which executables are pushed, and for which platform each of them is.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import {
  type PlatformExecutable,
  productName,
} from "../../core/install/build_artifact.ts";
import {
  formatPlatform,
  isSamePlatform,
  parsePlatform,
  platformInTitle,
  PLATFORMS,
} from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { type PushWishes, usageError } from "./push_wishes.ts";

/** All that were named and all in the folder, once for each platform. */
export async function findExecutables(
  { platform: named, folder, module }: PushWishes,
  context: Context,
): Promise<readonly PlatformExecutable[]> {
  const { cwd } = context.deps;
  const executables = [
    ...(named ?? []).map((text) => readPlatform(text, cwd)),
    ...folder === undefined ? [] : await listFolder(resolve(cwd, folder)),
  ];
  if (executables.length === 0 && module === undefined) {
    throw usageError(
      "usage.nothing_to_push",
      folder === undefined
        ? "there is nothing to push"
        : `"${folder}" holds no executable whose name ends in a platform`,
      "name files with --platform linux/amd64=FILE, a folder with names such as in-pg_linux_amd64, or a --module",
    );
  }
  refuseTwice(executables);
  refuseStrangers(executables);
  const platforms = executables.map((one) => formatPlatform(one.platform));
  if (module !== undefined) platforms.push("a module for every platform");
  context.note("push.platforms", `pushing ${platforms.join(", ")}`);
  for (const { path } of executables) await requireFile(path);
  return executables;
}

function readPlatform(text: string, cwd: string): PlatformExecutable {
  const equals = text.indexOf("=");
  const words = text.slice(0, Math.max(0, equals));
  const platform = parsePlatform(words);
  const isKnown = platform !== undefined &&
    (PLATFORMS as readonly string[]).includes(formatPlatform(platform));
  if (isKnown) return { platform, path: resolve(cwd, text.slice(equals + 1)) };
  if (platform !== undefined) {
    throw usageError(
      "usage.platform",
      `there is no platform "${words}"`,
      didYouMean(words, PLATFORMS, `there are ${PLATFORMS.join(", ")}`),
    );
  }
  throw usageError(
    "usage.platform",
    `--platform needs OS/ARCHITECTURE=FILE, got "${text}"`,
    "for example --platform linux/amd64=bin/in-pg",
  );
}

async function listFolder(folder: string): Promise<PlatformExecutable[]> {
  const found: PlatformExecutable[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const platform = isFile ? platformInTitle(name) : undefined;
      if (platform === undefined) continue;
      found.push({ platform, path: join(folder, name) });
    }
  } catch (cause) {
    throw new DstreamError(
      "usage.folder_unreadable",
      `cannot read the folder "${folder}"`,
      {
        cause,
        isUsage: true,
        hint: "one executable is named with --platform OS/ARCHITECTURE=FILE",
      },
    );
  }
  // The same files make the same artifact, in whatever order a disk lists them.
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function refuseTwice(executables: readonly PlatformExecutable[]): void {
  for (const [i, { platform, path }] of executables.entries()) {
    const twin = executables.slice(0, i).find((one) =>
      isSamePlatform(one.platform, platform)
    );
    if (twin === undefined) continue;
    throw usageError(
      "usage.platform_twice",
      `there are two executables for ${formatPlatform(platform)}`,
      `${twin.path} and ${path}`,
    );
  }
}

/** Two programs in one artifact would be one program on some machines only. */
function refuseStrangers(executables: readonly PlatformExecutable[]): void {
  const [first, ...others] = executables.filter(({ path }) =>
    platformInTitle(path) !== undefined
  );
  const stranger = others.find(({ path }) =>
    productName(path) !== productName(first.path)
  );
  if (stranger === undefined) return;
  throw usageError(
    "usage.several_products",
    `there is more than one provider: "${productName(first.path)}" and "${
      productName(stranger.path)
    }"`,
    "put each into a folder of its own, or name files with --platform",
  );
}

async function requireFile(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isFile) return;
  throw usageError("usage.file_missing", `there is no file "${path}"`);
}
