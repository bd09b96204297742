/**
 * What the system says about a file, for people.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { DstreamError } from "../../base/errors.ts";
import { FinalError } from "../errors.ts";

/** Why something could not be done with a file, as words. */
export function fileReason(error: unknown): string {
  const code = (error as { code?: string })?.code;
  const known = KNOWN.find(([type, name]) =>
    type !== undefined && error instanceof type || code === name
  );
  if (known !== undefined) return known[2];
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/, "").toLowerCase();
}

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

/** In order of precedence; some have a class in Deno, some only a code. */
const KNOWN: readonly [ErrorClass | undefined, string, string][] = [
  [Deno.errors.NotFound, "ENOENT", "there is no such file or folder"],
  [Deno.errors.PermissionDenied, "EACCES", "permission denied"],
  [Deno.errors.NotCapable, "EPERM", "permission denied"],
  [Deno.errors.IsADirectory, "EISDIR", "it is a folder"],
  [Deno.errors.NotADirectory, "ENOTDIR", "a part of the path is no folder"],
  [undefined, "ENOSPC", "the disk is full"],
  [undefined, "EDQUOT", "the disk quota is used up"],
  [undefined, "EROFS", "the disk is read-only"],
  [undefined, "EFBIG", "the file is larger than the system allows"],
  [undefined, "EMFILE", "too many files are open"],
  [undefined, "ENAMETOOLONG", "the name is too long"],
  [undefined, "ELOOP", "its links lead in a circle"],
];

/** What somebody has to mend before another attempt can do better. */
const LASTING: readonly (readonly [ErrorClass | undefined, string])[] = [
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.NotCapable, "EPERM"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [undefined, "EROFS"],
  [undefined, "ENAMETOOLONG"],
  [undefined, "ELOOP"],
];

function isLasting(error: unknown): boolean {
  const code = (error as { code?: string })?.code;
  return LASTING.some(([type, name]) =>
    type !== undefined && error instanceof type || code === name
  );
}

/** What no restart mends. */
const FINAL_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM"]);
const DISK_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/**
 * The same failure for good where no restart mends it: a full disk, which is named,
 * and missing rights. Anything else as {@link fileFailure} tells it.
 *
 * @param key Whose fault it is in the config block.
 */
export function finalFileFailure(
  action: string,
  path: string,
  error: unknown,
  key = "path",
): DstreamError {
  const code = codeOf(error);
  if (error instanceof DstreamError || !FINAL_CODES.has(code)) {
    return fileFailure(action, path, error);
  }
  const disk = DISK_CODES.has(code) ? diskOf(path) : undefined;
  const reason = disk === undefined
    ? fileReason(error)
    : fileReason(error).replace("disk", `disk ${JSON.stringify(disk)}`);
  return new FinalError(
    "file.failed",
    `cannot ${action} ${JSON.stringify(path)}: ${reason}`,
    { cause: error, key },
  );
}

function codeOf(error: unknown): string {
  const isDenied = error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable;
  return (error as { code?: string })?.code ?? (isDenied ? "EACCES" : "");
}

/** The folder that the disk of a file is mounted at: `/data`, `C:\\`. */
function diskOf(path: string): string | undefined {
  try {
    let at = resolve(path);
    while (!exists(at)) at = dirname(at);
    const { dev } = Deno.statSync(at);
    while (dirname(at) !== at && Deno.statSync(dirname(at)).dev === dev) {
      at = dirname(at);
    }
    return at;
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return dirname(path) === path;
  }
}

/**
 * An error that names the action and the file: `cannot read "a.csv": …`.
 * It is final where another attempt can't do better, and then the fault of `path`.
 * A {@link DstreamError} passes unchanged.
 */
export function fileFailure(
  action: string,
  path: string,
  error: unknown,
): DstreamError {
  if (error instanceof DstreamError) return error;
  const text = `cannot ${action} ${JSON.stringify(path)}: ${fileReason(error)}`;
  return isLasting(error)
    ? new FinalError("file.failed", text, { cause: error, key: "path" })
    : new DstreamError("file.failed", text, { cause: error });
}
