/**
 * The story of a run: start the output, then the input; relay; settle; drain.
 *
 * Whatever happens on the way, both processes are gone in the end. Stopping them
 * in order is stop.ts; what each side says is input_session.ts and
 * output_session.ts; how bytes move is relay.ts.
 *
 * @module
 */

import type { SpoolDisk } from "./relay/spool_disk.ts";
import type { Task } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import type { Clock, Launch, Random, Spawner } from "../ports/mod.ts";
import type { Engine } from "./relay/engine.ts";
import type { Counters, PipelineEvent, RunOutcome } from "./events.ts";
import type { RelayTransforms } from "./relay/relay_ports.ts";
import type { StateStore } from "./states/state_store.ts";
import {
  createPrintable,
  type Printable,
  printableError,
  printableEvent,
} from "./session/printable.ts";
import { TaskRun } from "./task_run.ts";

/** Why a run should stop. `isUrgent` kills at once (a second Ctrl+C). */
export interface StopRequest {
  readonly signal: string;
  readonly isUrgent: boolean;
}

/** A provider ready to be launched. */
export interface ProviderLaunch {
  /** As users know it: "counter", "my-provider". */
  readonly name: string;
  readonly launch: Launch;
  /** Known beforehand for a built-in or from a packaged spec. */
  readonly knownVersion?: 1 | 2;
}

/** Everything a run needs from outside. */
export interface RunTaskOptions {
  readonly task: Task;
  readonly runId: string;
  /** One for each of the task's inputs, in their order. */
  readonly inputs: readonly ProviderLaunch[];
  readonly outputs: readonly ProviderLaunch[];
  /** For the task's `dead_letter` block. */
  readonly deadLetter?: ProviderLaunch;
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly onEvent: (event: PipelineEvent) => void;
  /** Takes an output's own output; when it is slow, that pushes back. */
  readonly userOutput: WritableStream<Uint8Array>;
  /** Texts that must not be printed; providers' log lines are scrubbed of them. */
  readonly secrets: ReadonlySet<string>;
  /** Makes control characters in providers' text visible. */
  readonly isTerminal: boolean;
  /** Calls back on Ctrl+C and the like; returns how to unsubscribe. */
  readonly onStop: (stop: (request: StopRequest) => void) => () => void;
  /** What happens to envelopes on the way; see core/transform. */
  readonly transformer?: RelayTransforms["transformer"];
  /** For each output that has transforms of its own, at its place. */
  readonly outputTransformers?: readonly (
    | RelayTransforms["transformer"]
    | undefined
  )[];
  /** Keeps inputs' states between runs; absent: `state` is not offered. */
  readonly stateStore?: StateStore;
  /** Where what doesn't fit into an output's window may lie, see `delivery`. */
  readonly spoolFolder?: string;
  /** The machine's own unless told. */
  readonly spoolDisk?: SpoolDisk;
  /** Stop after this many envelopes were read, whatever becomes of them. */
  readonly maxEnvelopes?: number;
  /** Everything up to the handshakes, nothing streamed. */
  readonly isDryRun?: boolean;
  /** Receives the live counters before anything flows. */
  readonly onCounters?: (counters: Readonly<Counters>) => void;
  /** Which relay; "auto" is the fast one where the system has it. */
  readonly relay?: Engine["name"] | "auto";
}

/** Runs one task to its end. Never rejects for what providers do. */
export async function runTask(options: RunTaskOptions): Promise<RunOutcome> {
  const startedMs = options.clock.monotonicMs();
  const printable = createPrintable(options);
  const run = new TaskRun({
    ...options,
    onEvent: (event) => options.onEvent(printableEvent(event, printable)),
  });
  const unsubscribe = options.onStop((request) => run.stop(request));
  let error: DstreamError | undefined;
  try {
    await run.execute();
  } catch (failure) {
    error = asDstreamError(failure);
  } finally {
    unsubscribe();
  }
  await run.end();
  const result = run.result(error);
  return {
    ...result,
    error: result.error && printableFailure(result.error, printable),
    durationMs: options.clock.monotonicMs() - startedMs,
  };
}

function printableFailure(error: DstreamError, printable: Printable) {
  return asDstreamError(printableError(error, printable));
}

function asDstreamError(failure: unknown): DstreamError {
  if (failure instanceof DstreamError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new DstreamError("internal.unexpected", message, {
    cause: failure,
    hint: "this is a bug in dstream; please report it",
  });
}
