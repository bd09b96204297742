/**
 * Where a task's inputs keep their states.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { Configuration, Task } from "../config/task.ts";
import {
  FileStateStore,
  type StateStore,
} from "../pipeline/states/state_store.ts";

/** What an output holds back, beyond what fits into memory, lies there too. */
export function spoolFolderOf(task: Task, { folder }: Configuration): string {
  const { spoolPath } = task.delivery;
  return spoolPath !== undefined
    ? resolve(folder, spoolPath)
    : join(folder, ".dstream", "spool", task.name);
}

/** States lie beside the configuration unless the task says otherwise. */
export function openStateStore(
  task: Task,
  { folder }: Configuration,
): StateStore {
  const path = task.statePath ??
    join(folder, ".dstream", "state", `${task.name}.json`);
  return new FileStateStore(path, task.name);
}
