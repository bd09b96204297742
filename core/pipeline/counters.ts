/**
 * The numbers of a run, read from where they are kept when somebody looks.
 *
 * @module
 */

import type { Counters } from "./events.ts";
import type { Tally } from "./settle/tally.ts";
import type { InputLane } from "./lanes/input_lane.ts";
import type { OutputLane } from "./lanes/output_lane.ts";

/** How far an output is with the task's lines, the same for all outputs. */
export interface LineProgress {
  readonly handedLines: number;
  readonly settledLines: number;
}

/**
 * Counters of a run with these lanes.
 * @param progress Of each output.
 */
export function liveCounters(
  outputs: readonly OutputLane[],
  progress: readonly LineProgress[],
  inputs: readonly InputLane[],
  tally: Tally,
): Counters {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  // With several outputs, the one that is behind tells how far the task is.
  const least = (values: number[]) =>
    values.length === 0 ? 0 : Math.min(...values);
  return {
    readEnvelopes: 0,
    readBytes: 0,
    filteredEnvelopes: 0,
    strayLines: 0,
    get rejectedEnvelopes() {
      return tally.rejected;
    },
    get deadLetteredEnvelopes() {
      return tally.deadLettered;
    },
    get deliveredEnvelopes() {
      return tally.delivered(least(progress.map((one) => one.settledLines)));
    },
    get settledEnvelopes() {
      return this.deliveredEnvelopes + tally.deadLettered;
    },
    get tables() {
      const tables = new Set(outputs.flatMap((lane) => lane.tables));
      return tables.size === 0 ? undefined : [...tables].sort();
    },
    get replayedEnvelopes() {
      const resent = inputs.map((lane) => lane.resent);
      return sum([...outputs.map((lane) => lane.replayed), ...resent]);
    },
    get handedBytes() {
      return least(outputs.map((lane) => lane.handedBytes));
    },
    ackLatency: outputs[0]?.latency,
    get restarts() {
      return sum([...outputs, ...inputs].map((lane) => lane.restarts));
    },
    get handedEnvelopes() {
      return tally.handed(least(progress.map((one) => one.handedLines)));
    },
    get spoolBytes() {
      return sum(outputs.map((lane) => lane.spooledBytes));
    },
    get heldEnvelopes() {
      const held = outputs.flatMap((lane) => lane.heldEnvelopes ?? []);
      return held.length === 0 ? undefined : sum(held);
    },
    get windowBytes() {
      return sum(outputs.map((lane) => lane.window.usedBytes));
    },
    get isWindowFull() {
      return outputs.some((lane) => lane.window.isFull);
    },
    get waitingFor() {
      if (outputs.length < 2) return undefined;
      return outputs.filter((lane) => lane.window.isFull)
        .map((lane) => lane.name);
    },
  };
}
