/**
 * Whether a program is there, without starting it.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { ConfigError } from "@dstream/sdk";
import type { Program } from "./fields.ts";
import { nameOf } from "./singer_process.ts";

/** @throws {ConfigError} when it isn't, with what to do. */
export function findExecutable(program: Program, key: "tap" | "target"): void {
  const [executable] = program;
  const isPath = /[\\/]/.test(executable);
  const isThere = isPath
    ? isFile(executable)
    : placesOf(executable).some(isFile);
  if (isThere) return;
  throw new ConfigError(
    key,
    `there is no program "${executable}"${isPath ? "" : " on PATH"}`,
    howToInstall(program, key),
  );
}

/** For who has no such program. */
export function howToInstall(program: Program, key: "tap" | "target"): string {
  const name = nameOf(program);
  return `install it, such as with "pipx install ${name}", or let uv fetch it: ` +
    `${key} = ["uvx", "${name}"]`;
}

function placesOf(name: string): string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  const endings = Deno.build.os === "windows"
    ? ["", ...(Deno.env.get("PATHEXT") ?? ".EXE").split(";")]
    : [""];
  return folders.flatMap((folder) =>
    endings.map((ending) => join(folder, name + ending))
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
