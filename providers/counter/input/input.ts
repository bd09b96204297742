/**
 * Counts: the smallest input that does everything an input should.
 *
 * The state is how many numbers were sent. When the last one is, it is 0 again,
 * so that a finished pipeline can be run once more and a broken one goes on.
 *
 * @module
 */

import type {
  Envelope,
  Input,
  InputBatch,
  InputContext,
  Json,
} from "@dstream/sdk";
import type { CounterConfig } from "./config.ts";

/** How many numbers go together when there is no pause between them. */
const NUMBERS_AT_ONCE = 100;

/** 1, 2, 3, … */
export class CounterInput implements Input {
  constructor(readonly config: CounterConfig) {}

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch> {
    const { intervalMs, maxCount } = this.config;
    const last = maxCount === 0 ? Infinity : maxCount;
    const atOnce = intervalMs === 0 ? NUMBERS_AT_ONCE : 1;
    const pause = pacer(intervalMs, context);
    context.log.info(
      `Starting counter with interval=${intervalMs}ms, max_count=${maxCount}`,
    );
    let sent = countFrom(resume);
    while (sent < last && !context.signal.aborted) {
      const count = Math.min(atOnce, last - sent);
      const envelopes = Array.from(
        { length: count },
        (_, i) => this.#envelope(sent + i + 1, context.now()),
      );
      sent += count;
      yield { envelopes, state: { sent: sent === last ? 0 : sent } };
      if (sent < last && intervalMs > 0) await pause();
    }
  }

  #envelope(seq: number, nowMs: number): Envelope {
    const { start, intervalMs } = this.config;
    return {
      data: { value: start + seq - 1, timestamp: timestamp(nowMs) },
      metadata: {
        seq,
        source: "counter-input-provider",
        provider: "counter-input-provider",
        interval_ms: intervalMs,
      },
    };
  }
}

function countFrom(resume: Json | undefined): number {
  const sent = (resume as { sent?: Json } | null | undefined)?.sent;
  return typeof sent === "number" && sent >= 0 ? sent : 0;
}

/** Pauses that don't add up their delays; after a long sleep it starts anew. */
function pacer(intervalMs: number, { monotonicMs, sleep }: InputContext) {
  let dueMs = monotonicMs();
  return async () => {
    dueMs += intervalMs;
    if (monotonicMs() > dueMs + intervalMs) dueMs = monotonicMs();
    await sleep(Math.max(0, dueMs - monotonicMs()));
  };
}

/** As upstream's counter writes it: 2025-09-25T17:30:22.825803+00:00 */
export function timestamp(nowMs: number): string {
  const micros = Math.floor((nowMs % 1) * 1000);
  const iso = new Date(nowMs).toISOString().slice(0, -1);
  return `${iso}${String(micros).padStart(3, "0")}+00:00`;
}
