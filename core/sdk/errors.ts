/**
 * Failures a provider author throws.
 *
 * @module
 */

import {
  DstreamError,
  type ErrorCode,
  type ErrorDetails,
} from "../base/errors.ts";

/** What a {@link FinalError} knows besides its code and message. */
export interface FinalErrorDetails
  extends Pick<ErrorDetails, "hint" | "cause"> {
  /** The key inside the config block whose fault it is, such as `tls.ca_file`. */
  readonly key?: string;
}

/**
 * A provider can't go on, however often it is started: a record that is wrong, a
 * table that is gone, a disk that is full. The task fails with this message and
 * nothing is started again.
 *
 * An input's envelopes so far are delivered before, their state stored: yield the
 * state that leads to the place before throwing it. Of an output, what it has
 * acknowledged counts.
 *
 * @example
 * ```ts
 * import { FinalError } from "@dstream/sdk";
 *
 * const error = new FinalError("orders.line_invalid", "line 500 is not JSON", {
 *   key: "path",
 * });
 * if (error.path !== "config.path") throw new Error();
 * ```
 */
export class FinalError extends DstreamError {
  override readonly name: string = "FinalError";
  /** `config.tls.ca_file` */
  readonly path: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { key, ...more }: FinalErrorDetails = {},
  ) {
    super(code, message, more);
    this.path = key === undefined ? undefined : `config.${key}`;
  }
}

/**
 * A config that can't work, found only when opening: a file that isn't there, a
 * table without a key. The CLI shows the line that set `path`, and doesn't retry.
 *
 * @example
 * ```ts
 * import { ConfigError } from "@dstream/sdk";
 *
 * const error = new ConfigError("path", 'no file matches "*.csv"');
 * if (error.path !== "config.path") throw new Error();
 * ```
 */
export class ConfigError extends FinalError {
  override readonly name: string = "ConfigError";

  /** @param key The key inside the config block, such as `tls.ca_file`. */
  constructor(key: string, message: string, hint?: string) {
    super("config.value_invalid", message, { hint, key });
  }
}

/** What went wrong as one line for people; never a stack. */
export function errorText(error: unknown): string {
  if (error instanceof DstreamError && error.hint !== undefined) {
    return `${error.message} (${error.hint})`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, "; ") || "unknown error";
}
