/**
 * What went wrong with a plugin, as the host tells it.
 *
 * @module
 */

/** Where in its life it was. */
export type PluginFault = "start" | "handshake" | "config" | "failed" | "died";

/** One problem of the config, by its path. */
export interface PluginProblem {
  /** `config.tables`, `input.config.mode` */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** Told to dstream, which knows the task. */
export class PluginError extends Error {
  constructor(
    readonly fault: PluginFault,
    message: string,
    readonly hint?: string,
    readonly problems: readonly PluginProblem[] = [],
  ) {
    super(message);
  }
}
