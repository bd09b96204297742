/**
 * Failures a provider author throws.
 *
 * @module
 */

import { DstreamError } from "../errors.ts";

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
export class ConfigError extends DstreamError {
  override readonly name: string = "ConfigError";
  /** `config.tls.ca_file` */
  readonly path: string;

  /** @param key The key inside the config block, such as `tls.ca_file`. */
  constructor(key: string, message: string, hint?: string) {
    super("config.value_invalid", message, { hint });
    this.path = `config.${key}`;
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
