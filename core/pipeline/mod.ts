/**
 * One running task: start both providers, relay, settle, drain.
 *
 * @module
 */

export type * from "./events.ts";
export { runTask, type RunTaskOptions, type StopRequest } from "./run.ts";
export { type LifecycleOptions, runLifecycle } from "./lifecycle.ts";
