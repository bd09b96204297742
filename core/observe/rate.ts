/**
 * How fast a count grows, averaged so that it can be read.
 *
 * @module
 */

const AVERAGED_OVER_MS = 2000;

interface Sample {
  readonly atMs: number;
  readonly count: number;
}

/** Growth per second over about the last two seconds. */
export class Rate {
  #samples: Sample[] = [];

  /** Takes the count of this moment. @returns Per second. */
  at(nowMs: number, count: number): number {
    const samples = this.#samples;
    // Whoever asks twice in a moment changes nothing.
    if (samples.at(-1)?.atMs !== nowMs) samples.push({ atMs: nowMs, count });
    const isOld = (sample: Sample) => nowMs - sample.atMs >= AVERAGED_OVER_MS;
    while (samples.length > 2 && isOld(samples[1])) samples.shift();
    const elapsedMs = nowMs - samples[0].atMs;
    if (elapsedMs === 0) return 0;
    return (count - samples[0].count) * 1000 / elapsedMs;
  }
}
