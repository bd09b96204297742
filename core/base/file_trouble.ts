/**
 * What a file system refuses, in words that somebody can act on: the path and what
 * stands in the way. The runtime's own message is kept as the cause.
 *
 * @module
 */

import { dirname } from "node:path";

/** What is wrong, and what may help. */
export interface FileTrouble {
  /** `"/srv/state/t.json": permission denied` */
  readonly what: string;
  readonly hint: string | undefined;
}

/** What the system calls it → what is wrong. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota on that disk is used up",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  EEXIST: "something else is there already",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "this process has too many files open (`ulimit -n`)",
  ENFILE: "the whole system has too many files open",
  ELOOP: "links lead in a circle",
  EIO: "the disk reports an error",
  ETXTBSY: "it is running",
};

/** Whether an error is the file system's. */
export function isFileTrouble(error: unknown): boolean {
  return codeOf(error) !== undefined;
}

/**
 * @param error As the runtime threw it.
 * @param path What was to be read or written.
 * @param place How to name another: "another `path` in the `state` block".
 */
export function fileTrouble(
  error: unknown,
  path: string,
  place: string,
): FileTrouble {
  const code = codeOf(error) ?? "";
  const reason = REASONS[code] ?? firstLine(error);
  return { what: `"${path}": ${reason}`, hint: hintFor(code, path, place) };
}

function hintFor(
  code: string,
  path: string,
  place: string,
): string | undefined {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `let this user write in "${dirname(path)}", or name ${place}`;
    case "EROFS":
    case "ENOTDIR":
    case "EISDIR":
    case "ELOOP":
    case "ENAMETOOLONG":
      return `name ${place}`;
    case "ENOSPC":
    case "EDQUOT":
      return `make room, or name ${place}`;
    default:
      return undefined;
  }
}

/** Deno's errors and node's both have it. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  return undefined;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].replace(/ \(os error \d+\)/, "");
}
