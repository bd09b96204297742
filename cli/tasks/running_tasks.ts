/**
 * The tasks that run on this machine, as `dstream ps` and `dstream top` see them.
 *
 * @module
 */

import { currentUser } from "../../core/observe/run_folder.ts";
import type { RunStatus } from "../../core/observe/run_status.ts";
import { readRunStatuses } from "../../core/observe/status_file.ts";
import type { Context } from "../context.ts";

/** All runs of this user, oldest first. */
export function readRuns({ deps }: Context): Promise<RunStatus[]> {
  return readRunStatuses({
    user: currentUser(deps.platform.os, deps.env),
    nowMs: deps.clock.wallMs(),
  });
}
