/**
 * What the user of `dstream provider push` asked for, and how a mistake in it is told.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";

/** What the user said. */
export interface PushWishes {
  readonly folder?: string | undefined;
  readonly platform?: readonly string[] | undefined;
  readonly module?: string | undefined;
  readonly moduleRuntime?: string | undefined;
  readonly from?: string | undefined;
  readonly spec?: string | undefined;
  readonly source?: string | undefined;
  readonly licence?: string | undefined;
  readonly revision?: string | undefined;
  readonly created?: string | undefined;
  readonly annotation?: readonly string[] | undefined;
  readonly compression?: string | undefined;
  readonly mountFrom?: string | undefined;
  readonly sbom?: string | undefined;
  readonly provenance?: string | undefined;
  readonly sign?: boolean | undefined;
  readonly key?: string | undefined;
  readonly isJson: boolean;
}

/** A mistake in the words of the command. */
export function usageError(
  code: `usage.${string}`,
  message: string,
  hint?: string,
): DstreamError {
  return new DstreamError(code, message, { isUsage: true, hint });
}

/** Who signs has to be said. */
export function keyMissing(): DstreamError {
  return usageError(
    "usage.key",
    "nothing to sign with: --key is missing",
    "`dstream provider keygen` makes a pair; name its private key with --key",
  );
}
