/**
 * What is to be seen of a run, for a view or a program.
 *
 * @module
 */

import type {
  Counters,
  PipelineEvent,
  RunOutcome,
} from "../pipeline/events.ts";

/** Something that concerns all tasks: where metrics are served, for example. */
export type Notice = PipelineEvent & { readonly kind: "notice" };

/** One thing that happened in a run of some tasks. */
export type RunEvent =
  | { readonly kind: "began"; readonly task: string; readonly runId: string }
  /** The task's own story: providers start, are ready, say something, end. */
  | {
    readonly kind: "task";
    readonly task: string;
    readonly event: PipelineEvent;
  }
  /** Once for each task, before anything flows: the numbers go on changing. */
  | {
    readonly kind: "counters";
    readonly task: string;
    readonly counters: Readonly<Counters>;
  }
  | {
    readonly kind: "ended";
    readonly task: string;
    readonly outcome: RunOutcome;
  }
  | { readonly kind: "notice"; readonly event: Notice };

/** Hears them as they happen. Must not throw. */
export type RunListener = (event: RunEvent) => void;
