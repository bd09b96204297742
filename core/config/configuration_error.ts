/**
 * A configuration that is wrong, with what of it could be read.
 *
 * @module
 */

import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import type { Configuration } from "./task.ts";

/** So that checks of what is right can add to what is wrong. */
export class ConfigurationError extends DiagnosticsError {
  override readonly name: string = "ConfigurationError";

  /** @param partial Tasks that are whole, though something else is wrong. */
  constructor(
    diagnostics: readonly Diagnostic[],
    readonly partial: Configuration,
  ) {
    super(diagnostics);
  }
}
