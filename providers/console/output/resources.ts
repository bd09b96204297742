/**
 * Resources that exist in reports only: something to try `plan` and `status` on.
 *
 * @module
 */

import type { Lifecycle, PlannedChange, Report } from "@dstream/sdk";
import type { ConsoleConfig } from "./config.ts";

/** As many as `resource_count` says. */
export const pretendedResources: Lifecycle<ConsoleConfig> = {
  plan: (config) => Promise.resolve(changes(config, "create")),
  init: (config) => Promise.resolve(changes(config, "create")),
  destroy: (config) => Promise.resolve(changes(config, "delete")),
  status: (config) =>
    Promise.resolve({
      resources: names(config).map((name) => ({ type: "line", name })),
    }),
};

function changes(
  config: ConsoleConfig,
  action: PlannedChange["action"],
): Report {
  return {
    changes: names(config).map((name) => ({ action, type: "line", name })),
  };
}

function names({ resourceCount }: ConsoleConfig): string[] {
  return Array.from({ length: resourceCount }, (_, i) => `console-${i + 1}`);
}
