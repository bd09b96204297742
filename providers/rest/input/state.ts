/**
 * What the input remembers: where each stream stands.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import type { PageAsk } from "./pages.ts";

/** Of one stream, or of one parent's part of it. */
export interface Place {
  /** The newest value of which nothing before is missing. */
  cursor?: string;
  /** Records at it and within lookback of it that were sent. */
  sent?: [string, string][];
  /** Records that were sent so far, ever: where positions go on. */
  count?: number;
  /** A turn that was broken off: the page it goes on from. */
  page?: PageAsk;
  /** Of that turn: the newest value so far. */
  newest?: string;
}

/** Of one stream. */
export interface StreamState extends Place {
  /** By the parent's key. */
  parents?: Record<string, Place>;
}

/** Of all, by name. */
export type States = Record<string, StreamState>;

/** @returns A copy that can be changed. */
export function statesOf(resume: Json | undefined): States {
  const streams = (resume as { streams?: Json } | null | undefined)?.streams;
  const isKnown = typeof streams === "object" && streams !== null &&
    !Array.isArray(streams);
  return isKnown ? structuredClone(streams) as unknown as States : {};
}

/** A copy, since the input goes on changing it. */
export function jsonOfStates(states: States): Json {
  return { streams: structuredClone(states) as unknown as Json };
}
