/**
 * How a task's providers come: with their progress, until a signal.
 *
 * @module
 */

import type { Task } from "../../core/config/task.ts";
import type { PullPolicy } from "../../core/install/install_options.ts";
import {
  hasReference,
  type InstallWishes,
  type PreparedTask,
  type Project,
} from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { interruptSignal } from "../terminal/signals.ts";

/** What the project is told while it gets providers. */
export type Installing = InstallWishes & Disposable;

/** Most tasks have built-ins only: then nothing is shown, and nothing loaded. */
export async function installing(
  tasks: readonly Task[],
  pull: PullPolicy | undefined,
  context: Context,
): Promise<Installing> {
  if (!tasks.some(hasReference)) return { pull, [Symbol.dispose]: () => {} };
  const { openInstallView } = await import("../views/install.ts");
  const ends = new DisposableStack();
  const view = ends.use(openInstallView(context));
  const { signal } = ends.use(interruptSignal(context));
  return {
    pull,
    signal,
    onInstall: (event) => view.onEvent(event),
    [Symbol.dispose]: () => ends.dispose(),
  };
}

/** Ready to be run; what comes from a registry shows how. */
export async function prepareTasks(
  tasks: readonly Task[],
  pull: PullPolicy | undefined,
  project: Project,
  context: Context,
): Promise<PreparedTask[]> {
  using wishes = await installing(tasks, pull, context);
  return await project.prepare(tasks, wishes);
}
