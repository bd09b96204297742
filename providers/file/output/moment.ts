/**
 * One moment on two clocks: names are made from the wall's, ages are measured by the
 * one that nobody sets.
 *
 * @module
 */

export interface Moment {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Milliseconds since an arbitrary start; never set back. */
  readonly monotonicMs: number;
}

/** What tells both times: a context of the kit. */
export interface TwoClocks {
  now(): number;
  monotonicMs(): number;
}

/** Now, by this process's clocks where nobody says other ones. */
export function momentOf(clocks: TwoClocks = SYSTEM): Moment {
  return { wallMs: clocks.now(), monotonicMs: clocks.monotonicMs() };
}

const SYSTEM: TwoClocks = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};
