/**
 * Seeing running tasks: what every run carries along.
 *
 * Kept small, for it loads with each run. Metrics, status files and reports are
 * files of their own, which are imported when somebody asks for them.
 *
 * @module
 */

export { RunProbe, type RunProbeOptions, TaskProbe } from "./probe.ts";
export { Rate } from "./rate.ts";
export type * from "./sample.ts";
