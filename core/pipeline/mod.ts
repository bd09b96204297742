/**
 * One running task: start both providers, relay, settle, drain.
 *
 * @module
 */

export type * from "./events.ts";
export { runTask, type RunTaskOptions, type StopRequest } from "./run.ts";
export {
  type LifecycleOptions,
  type LifecycleReport,
  runLifecycle,
} from "./lifecycle.ts";
export type { Change, ReportItem } from "./report.ts";
export { FileStateStore, type StateStore } from "./states/state_store.ts";
