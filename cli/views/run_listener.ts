/**
 * Shows what the project tells of a run in a view.
 *
 * @module
 */

import type { RunListener } from "../../core/project/mod.ts";
import type { RunView, TaskView } from "./view.ts";

/** @param isDryRun What was asked for: its end is told in other words. */
export function listenerOf(view: RunView, isDryRun: boolean): RunListener {
  const tasks = new Map<string, TaskView>();
  return (event) => {
    if (event.kind === "notice") return view.notice(event.event);
    const shown = tasks.get(event.task);
    switch (event.kind) {
      case "began":
        tasks.set(event.task, view.task(event.task));
        return;
      case "task":
        return shown?.onEvent(event.event);
      case "counters":
        return shown?.onCounters(event.counters);
      case "ended":
        return shown?.end({ outcome: event.outcome, isDryRun });
    }
  };
}
