/**
 * `init`, `plan`, `status`, `destroy`: one provider, one report, no stream.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../config/task.ts";
import type { Clock, Spawner } from "../ports/mod.ts";
import type { CommandName } from "../protocol/command.ts";
import type { PipelineEvent } from "./events.ts";
import type { ProviderLaunch, StopRequest } from "./run.ts";

/** Everything a lifecycle command needs from outside. */
export interface LifecycleOptions {
  readonly command: Exclude<CommandName, "run">;
  readonly task: Task;
  readonly block: ProviderBlock;
  readonly provider: ProviderLaunch;
  readonly runId: string;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly onEvent: (event: PipelineEvent) => void;
  readonly secrets: ReadonlySet<string>;
  readonly isTerminal: boolean;
  readonly onStop: (stop: (request: StopRequest) => void) => () => void;
}

/** One planned change. */
export interface Change {
  readonly action: string;
  readonly type: string;
  readonly name: string;
  readonly [key: string]: unknown;
}

/** What the provider reported, in the order written. */
export type ReportItem =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  | {
    readonly kind: "resources";
    readonly resources: readonly Readonly<Record<string, unknown>>[];
    readonly status?: string;
    readonly message?: string;
    readonly error?: string;
  };

/** The report; throws {DstreamError} when the provider failed. */
export interface LifecycleReport {
  readonly items: readonly ReportItem[];
  /** A `Failed` status in a result object: exit status 1. */
  readonly hasFailed: boolean;
}

/** Runs one lifecycle command, 5 minutes at most. */
export function runLifecycle(
  _options: LifecycleOptions,
): Promise<LifecycleReport> {
  throw new Error("not built yet");
}
