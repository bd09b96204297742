/**
 * What the system says about a file, for people.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";

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
];

/**
 * An error that names the action and the file: `cannot read "a.csv": …`.
 * A {@link DstreamError} passes unchanged.
 */
export function fileFailure(
  action: string,
  path: string,
  error: unknown,
): DstreamError {
  if (error instanceof DstreamError) return error;
  return new DstreamError(
    "file.failed",
    `cannot ${action} ${JSON.stringify(path)}: ${fileReason(error)}`,
    { cause: error },
  );
}
