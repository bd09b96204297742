/**
 * Looking up environment variables: on Windows case does not count.
 *
 * @module
 */

import type { World } from "../hcl/mod.ts";
import { isWindows } from "./disk.ts";

/**
 * @param ignoresCase Whether `Path` is also `PATH`; absent: as this system does.
 * @returns `undefined` when it is not set.
 *
 * @example
 * ```ts
 * if (readVariable({ Path: "x" }, "PATH", true) !== "x") throw new Error();
 * ```
 */
export function readVariable(
  env: Readonly<Record<string, string>>,
  name: string,
  ignoresCase: boolean = isWindows,
): string | undefined {
  if (Object.hasOwn(env, name)) return env[name];
  if (!ignoresCase) return undefined;
  const wanted = name.toUpperCase();
  const found = Object.keys(env).find((key) => key.toUpperCase() === wanted);
  return found === undefined ? undefined : env[found];
}

/** A record of variables as templates and functions ask it. */
export function variablesOf(
  env: Readonly<Record<string, string>>,
): Pick<World, "env" | "envNames"> {
  return {
    env: (name) => readVariable(env, name),
    envNames: () => Object.keys(env),
  };
}
