/**
 * Moments of a run, made by hand.
 *
 * @module
 */

import type {
  ProviderSample,
  RunSample,
  TaskSample,
} from "../../core/observe/sample.ts";
import { counters } from "../cli/fake_cli.ts";

/** A wall clock's first of January. */
export const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

/** A provider that is ready. */
export function providerSample(
  more: Partial<ProviderSample> = {},
): ProviderSample {
  return {
    side: "input",
    provider: "ticker",
    pid: 42,
    isAlive: true,
    isReady: true,
    protocol: 2,
    restarts: 0,
    exits: [],
    ...more,
  };
}

/** A task in full flow, 90 seconds old. */
export function taskSample(more: Partial<TaskSample> = {}): TaskSample {
  return {
    task: "orders",
    runId: "01RUN",
    state: "running",
    startedAtMs: NEW_YEAR_MS,
    durationMs: 90_000,
    counters: counters({ readEnvelopes: 1200, settledEnvelopes: 1150 }),
    inFlight: 50,
    envelopesPerSecond: 1234.4,
    bytesPerSecond: 5_200_000,
    sinceAckMs: 1000,
    waitingMs: 1000,
    providers: [
      providerSample(),
      providerSample({ side: "output", provider: "tape", pid: 43 }),
    ],
    ...more,
  };
}

/** A run of these tasks. */
export function runSample(...tasks: readonly TaskSample[]): RunSample {
  return {
    pid: 41,
    version: "1.2.3",
    config: "/work/dstream.hcl",
    startedAtMs: NEW_YEAR_MS,
    nowMs: NEW_YEAR_MS + 90_000,
    durationMs: 90_000,
    tasks,
  };
}
