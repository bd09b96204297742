/**
 * Files as the configuration needs them.
 *
 * The only file here that names the runtime: Node's modules for this take longer
 * to load than a configuration takes to read.
 *
 * @module
 */

import type { FileInfo } from "../hcl/mod.ts";

/** `undefined` when there is nothing at the path. */
export function fileInfo(path: string): FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return {
      isFile: info.isFile,
      isFolder: info.isDirectory,
      sizeBytes: info.size,
    };
  } catch (error) {
    if (isNothingThere(error)) return undefined;
    throw error;
  }
}

/** The whole content; the caller has asked for its size. */
export function readFile(path: string): Uint8Array {
  return Deno.readFileSync(path);
}

/** Names in a folder, in any order; none when it can't be read. */
export function listFolder(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), (entry) => entry.name);
  } catch {
    return [];
  }
}

/** A reason for people, without the path and the system's number. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) return "permission denied";
  const { message } = error as Error;
  return message.replace(/ \(os error \d+\)/, "").replace(/: \w+ '.*'$/, "");
}

/** The user's own folder; empty when the system doesn't say. */
export function homeFolder(): string {
  const name = isWindows ? "USERPROFILE" : "HOME";
  return Deno.env.get(name) ?? "";
}

/** Whether paths are Windows's. */
export const isWindows: boolean = Deno.build.os === "windows";

function isNothingThere(error: unknown): boolean {
  // A file in the place of a folder on the way.
  const isNoFolder = error instanceof Error && error.name === "NotADirectory";
  return isNoFolder || error instanceof Deno.errors.NotFound;
}
