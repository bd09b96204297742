/**
 * One running task: providers are started, envelopes moved, acknowledgements carried
 * back, and nobody is left behind.
 *
 * | question                                                  | file                            |
 * | --------------------------------------------------------- | ------------------------------- |
 * | how does a run begin and end?                             | `run.ts`, `task_run.ts`         |
 * | what is told to whoever shows it?                         | `events.ts`, `counters.ts`      |
 * | which warnings are there?                                 | `notices.ts`                    |
 * | what does Ctrl+C do?                                      | `stop.ts`                       |
 * | what are `init`, `plan`, `status`, `destroy`?             | `lifecycle.ts`                  |
 * | how does `preview` read an input?                         | `read_envelopes.ts`             |
 * | what happens when a process dies?                         | `lanes/`: one input or output, whichever process plays it |
 * | how do bytes move, and how many lines are they?           | `relay/`: reader, window, scanner |
 * | what is said to one process, and how is it started?       | `session/`: handshake, stdin, stdout, stderr |
 * | which envelopes are settled, and where do refused ones go? | `settle/`: ledger, dead letters |
 * | where are inputs' states kept?                            | `states/`                       |
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
export type { Change, ReportItem } from "./lifecycle_report.ts";
export { FileStateStore, type StateStore } from "./states/state_store.ts";
