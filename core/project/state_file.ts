/**
 * Where a task's inputs keep their states.
 *
 * @module
 */

import { join } from "node:path";
import type { Configuration, Task } from "../config/task.ts";
import {
  FileStateStore,
  type StateStore,
} from "../pipeline/states/state_store.ts";

/** States lie beside the configuration unless the task says otherwise. */
export function openStateStore(
  task: Task,
  { folder }: Configuration,
): StateStore {
  const path = task.statePath ??
    join(folder, ".dstream", "state", `${task.name}.json`);
  return new FileStateStore(path, task.name);
}
