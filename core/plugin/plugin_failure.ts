/**
 * What the host says went wrong → an error that shows the place in the file.
 *
 * @module
 */

import { DstreamError, type ErrorCode, type Location } from "../base/errors.ts";
import type { LegacyPlugin } from "../config/task.ts";
import type { PluginFault, PluginProblem } from "./host/plugin_error.ts";
import type { HostResult } from "./start.ts";

const CODES: Readonly<Record<PluginFault, ErrorCode>> = {
  start: "plugin.not_started",
  handshake: "plugin.no_handshake",
  config: "plugin.config_refused",
  failed: "plugin.failed",
  died: "plugin.died",
};

/** `plugin "x": …` */
export function pluginFailure(
  name: string,
  result: HostResult & { readonly status: "failed" },
  plugin: LegacyPlugin,
): DstreamError {
  const { fault, message, hint, problems = [], lastLines = [] } = result;
  if (problems.length > 0) return refused(name, problems, plugin);
  const isQuiet = fault === "config" || fault === "failed";
  return new DstreamError(CODES[fault], `plugin "${name}": ${message}`, {
    hint,
    at: fault === "handshake" || fault === "start"
      ? plugin.block.sourceAt
      : undefined,
    details: isQuiet ? [] : lastLines,
  });
}

/** The first with its place, the others beneath it. */
function refused(
  name: string,
  [first, ...others]: readonly PluginProblem[],
  plugin: LegacyPlugin,
): DstreamError {
  return new DstreamError(
    "plugin.config_refused",
    `plugin "${name}": ${first.message}`,
    {
      at: placeOf(first.path, plugin),
      hint: first.hint,
      isUsage: true,
      details: others.map(({ path, message, hint }) =>
        `${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`
      ),
    },
  );
}

function placeOf(path: string, plugin: LegacyPlugin): Location | undefined {
  const [side, rest] = path.split(/\.(.*)/s);
  const config = side === "input"
    ? plugin.input?.config
    : side === "output"
    ? plugin.output?.config
    : plugin.config;
  const isSide = side === "input" || side === "output";
  return config?.locate(isSide ? rest : path);
}
