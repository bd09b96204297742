/**
 * What dstream and the host of a plugin say to each other.
 *
 * dstream → host, on stdin: one line of JSON ({@link HostStart}), later `stop`.
 * The end of stdin means that dstream is gone. Host → dstream: the plugin's own
 * output on stdout, log lines as JSON on stderr, and there one line with
 * {@link HostResult} as the last.
 *
 * @module
 */

import type { JsonObject, StartRequest } from "./host/messages.ts";
import type { PluginFault, PluginProblem } from "./host/plugin_error.ts";

/** The first line. */
export interface HostStart {
  /** The plugin's executable. */
  readonly path: string;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** For its socket. A host whose dstream is gone removes it. */
  readonly socketFolder?: string | undefined;
  readonly request: StartRequest;
  readonly readyTimeoutMs: number;
  readonly graceMs: number;
  /** Up to its schema, then it is ended. */
  readonly isDryRun: boolean;
}

/** How it ended. */
export type HostResult =
  | { readonly status: "ok" | "stopped" }
  | {
    readonly status: "failed";
    readonly fault: PluginFault;
    readonly message: string;
    readonly hint?: string;
    readonly problems?: readonly PluginProblem[];
    readonly lastLines?: readonly string[];
  };

/** The key by which its line is known. */
export const RESULT_KEY = "dstream_plugin_result";
/** The key of the line that says it is ready. */
export const READY_KEY = "dstream_plugin_ready";
/** Asks the host to end the plugin in order. */
export const STOP = "stop";
/** The name after `provider exec`. */
export const HOST_NAME = "plugin-host";

export type { JsonObject };
