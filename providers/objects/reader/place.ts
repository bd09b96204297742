/**
 * How far was read: the last object that is done with, and how far the next.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import type { ObjectInfo } from "../store.ts";

/** The state of an input. */
export interface Place {
  /** By key: all up to this one are done with. */
  readonly after?: string;
  /** By time: those of the last hour, with their times. */
  readonly recent?: Readonly<Record<string, number>>;
  /** By time: all that are older than an hour before it are done with. */
  readonly newestMs?: number;
  /** The one that is being read. */
  readonly current?: {
    readonly key: string;
    readonly etag: string;
    /** Bytes of it, unpacked; of Parquet rows. */
    readonly offset: number;
    /** The number of the next line. */
    readonly line: number;
  };
}

/** So much later an object may show than its time says. */
const LATE_MS = 3_600_000;

/** @returns A place from a state; the begin for anything else. */
export function placeOf(state: Json | undefined): Place {
  const isPlace = typeof state === "object" && state !== null &&
    !Array.isArray(state);
  if (!isPlace) return {};
  const { current, ...place } = state as Place;
  const isWhole = Number.isSafeInteger(current?.offset) &&
    Number.isSafeInteger(current?.line);
  return isWhole ? { ...place, current } : place;
}

/** Whether an object is still to be read, in the order of time. */
export function isNew(
  { key, modifiedMs }: ObjectInfo,
  { recent = {}, newestMs }: Place,
): boolean {
  if (newestMs === undefined) return true;
  return modifiedMs > newestMs - LATE_MS && recent[key] !== modifiedMs;
}

/** The place behind an object. */
export function placeAfter(
  object: ObjectInfo,
  place: Place,
  order: "key" | "time",
): Place {
  if (order === "key") return { after: object.key };
  const newestMs = Math.max(place.newestMs ?? 0, object.modifiedMs);
  const recent = Object.entries({
    ...place.recent,
    [object.key]: object.modifiedMs,
  }).filter(([, timeMs]) => timeMs > newestMs - LATE_MS);
  return { newestMs, recent: Object.fromEntries(recent) };
}
