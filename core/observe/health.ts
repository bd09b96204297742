/**
 * When a run is ready, by the rule that docs/operations.md tells.
 *
 * @module
 */

import { hasEnded, type RunSample, type TaskSample } from "./sample.ts";

/** As long as the warning about a stuck output waits. */
const STUCK_MS = 60_000;

/** What `/readyz` answers. */
export interface Readiness {
  readonly isReady: boolean;
  /** A sentence for each task that is not. */
  readonly reasons: readonly string[];
}

/** All tasks that have not completed are ready, and there is none that failed. */
export function readinessOf({ tasks }: RunSample): Readiness {
  const reasons = tasks.flatMap((task) => {
    const reason = whyNotReady(task);
    return reason === undefined ? [] : [`task "${task.task}" ${reason}`];
  });
  if (tasks.length === 0) reasons.push("no task has started");
  return { isReady: reasons.length === 0, reasons };
}

/** Whether it runs, and what is in flight is being acknowledged. */
export function isTaskReady(task: TaskSample): boolean {
  return !hasEnded(task.state) && whyNotReady(task) === undefined;
}

function whyNotReady(
  { state, waitingMs, inFlight }: TaskSample,
): string | undefined {
  switch (state) {
    case "starting":
      return "is starting";
    case "restarting":
      return "waits for a provider that restarts";
    case "stopping":
      return "is stopping";
    case "failed":
      return "has failed";
    case "stopped":
      return "was stopped";
    case "completed":
      return undefined;
    case "running":
      if (waitingMs < STUCK_MS) return undefined;
      return `has had ${inFlight} in flight for ${
        Math.floor(waitingMs / 1000)
      } s without an acknowledgement`;
  }
}
