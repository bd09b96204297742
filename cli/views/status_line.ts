/**
 * The live line under a running pipeline: how much, how fast, how far behind.
 *
 * Counters are plain numbers that the relay raises; this samples them five times
 * a second and never touches the stream itself.
 *
 * @module
 */

import { Rate } from "../../core/observe/rate.ts";
import { type Counters, inFlight } from "../../core/pipeline/events.ts";
import type { Progress } from "../../core/protocol/control.ts";
import { formatBytes, formatCount, plural, visible } from "./units.ts";

/** One task's part of the status line. */
export class TaskStatus {
  #counters: Readonly<Counters> | undefined;
  readonly #rate = new Rate();
  /** The newest `progress` an input sent. */
  progress: Progress | undefined;

  constructor(readonly name: string) {}

  /** The live counters: nothing is shown before they are there. */
  watch(counters: Readonly<Counters>): void {
    this.#counters = counters;
  }

  /** @param nowMs Monotonic. */
  text(nowMs: number): string | undefined {
    const counters = this.#counters;
    if (counters === undefined) return undefined;
    const rate = this.#rate.at(nowMs, counters.readEnvelopes);
    const parts = [
      this.name,
      plural(counters.readEnvelopes, "envelope"),
      `${formatCount(rate)}/s`,
      formatBytes(counters.readBytes),
      `${formatCount(inFlight(counters))} in flight`,
    ];
    const { heldEnvelopes = 0, spoolBytes = 0 } = counters;
    if (heldEnvelopes > 0) parts.push(`${formatCount(heldEnvelopes)} held`);
    if (spoolBytes > 0) parts.push(`${formatBytes(spoolBytes)} spooled`);
    if (counters.filteredEnvelopes > 0) {
      parts.push(`${formatCount(counters.filteredEnvelopes)} filtered`);
    }
    if (counters.rejectedEnvelopes > 0) {
      parts.push(`${formatCount(counters.rejectedEnvelopes)} rejected`);
    }
    const waitsFor = formatWaiting(counters);
    if (waitsFor !== undefined) parts.push(waitsFor);
    if (this.progress !== undefined) parts.push(formatProgress(this.progress));
    return parts.join(" · ");
  }
}

/** Which of several outputs is the slow one. */
function formatWaiting(
  { isWindowFull, waitingFor }: Readonly<Counters>,
): string | undefined {
  if (!isWindowFull) return undefined;
  const names = waitingFor?.map(visible).join(" and ");
  return `waiting for ${names || "the output"}`;
}

/** `snapshot dbo.orders 1,200/5,000 (24 %)` */
export function formatProgress({ message, done, total }: Progress): string {
  const text = visible(message);
  if (done === undefined) return text;
  if (total === undefined || total <= 0) return `${text} ${formatCount(done)}`;
  const percent = Math.floor((done * 100) / total);
  return `${text} ${formatCount(done)}/${formatCount(total)} (${percent} %)`;
}
