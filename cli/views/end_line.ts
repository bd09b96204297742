/**
 * The last line of a task: what became of it, in numbers.
 *
 * @module
 */

import { type Counters, inFlight } from "../../core/pipeline/events.ts";
import { FAIL_FAST, TIMEOUT } from "../../core/project/mod.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  plural,
  visible,
} from "./units.ts";
import type { RunEnd } from "./view.ts";

/** The line for a task that did not fail; `undefined` when it is best silent. */
export function formatEndLine(task: string, end: RunEnd): string | undefined {
  const { outcome, isDryRun } = end;
  const counts = `(${formatCounts(end)})`;
  if (outcome.status === "completed") {
    const answered = outcome.isUncounted
      ? "its plugin answered, and was not started"
      : "both providers answered, nothing was streamed";
    return isDryRun
      ? `✅ Task "${task}" is ready to run: ${answered}`
      : `✅ Task "${task}" executed successfully ${counts}`;
  }
  // Whoever read our output left; a word about it would only be in the way.
  if (outcome.stoppedBy === "SIGPIPE") return undefined;
  return `⏹ Task "${task}" stopped ${formatStop(end)} ${counts}`;
}

/** The first line for a task that failed, under which its error follows. */
export function formatFailLine(task: string, message: string): string {
  return `❌ Task "${task}" failed: ${visible(message)}`;
}

/** `5 envelopes, 610 B, 0.3 s`, and what was rejected. */
export function formatCounts({ outcome }: RunEnd): string {
  const { counters, durationMs } = outcome;
  if (outcome.isUncounted) return formatDuration(durationMs);
  const parts = [
    ...envelopes(counters),
    formatBytes(counters.readBytes),
    formatDuration(durationMs),
  ];
  return parts.join(", ");
}

/** One number where all that was read is delivered; else what became of it. */
function envelopes(counters: Readonly<Counters>): string[] {
  const { readEnvelopes, filteredEnvelopes, deliveredEnvelopes } = counters;
  const { deadLetteredEnvelopes, rejectedEnvelopes } = counters;
  const read = plural(readEnvelopes, "envelope");
  if (deliveredEnvelopes === readEnvelopes) return [read];
  const rejected = rejectedEnvelopes - deadLetteredEnvelopes;
  const rest: [number, string][] = [
    [filteredEnvelopes, "filtered"],
    [deadLetteredEnvelopes, "dead-lettered"],
    [rejected, "rejected"],
    [inFlight(counters) - rejected, "in flight"],
  ];
  return [
    `${read} read`,
    `${formatCount(deliveredEnvelopes)} delivered`,
    ...rest.filter(([count]) => count > 0)
      .map(([count, word]) => `${formatCount(count)} ${word}`),
  ];
}

function formatStop({ outcome }: RunEnd): string {
  const by = stopReason(outcome.stoppedBy);
  if (outcome.isUncounted) return by;
  const open = inFlight(outcome.counters);
  return open === 0
    ? `${by}: everything that was read is settled`
    : `${by}: ${plural(open, "envelope")} not acknowledged`;
}

function stopReason(signal: string | undefined): string {
  if (signal === TIMEOUT) return "after its --timeout";
  if (signal === FAIL_FAST) return "because another task failed";
  return signal === "SIGINT" ? "by Ctrl+C" : `by ${signal ?? "a signal"}`;
}
