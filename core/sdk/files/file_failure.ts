/**
 * What the system says about a file, for people.
 *
 * @module
 */

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
