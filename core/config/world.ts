/**
 * The real outside world, as the language's functions and templates ask for it.
 *
 * @module
 */

import type { World } from "../hcl/mod.ts";
import { fileInfo, homeFolder, isWindows, readFile } from "./disk.ts";
import { variablesOf } from "./environment.ts";

/** What {@link systemWorld} can't know by itself. */
export type WorldOptions =
  & Pick<World, "folder" | "wallMs">
  & Partial<
    Pick<World, "allowMissingEnv" | "noteSecret" | "noteDefault" | "uuid">
  >
  & { readonly env: Readonly<Record<string, string>> };

/** The real file system, with the environment and clock given. */
export function systemWorld(options: WorldOptions): World {
  return {
    allowMissingEnv: false,
    noteSecret: () => {},
    uuid: () => crypto.randomUUID(),
    ...options,
    isWindows,
    ...variablesOf(options.env),
    homeFolder,
    fileInfo,
    readFile,
  };
}
