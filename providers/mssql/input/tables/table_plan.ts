/**
 * What to do next with a table: pure decisions over LSNs.
 *
 * @module
 */

import type { CaptureInstance } from "./catalog.ts";
import {
  compareLsn,
  decrementLsn,
  incrementLsn,
  isZeroLsn,
  ZERO_LSN,
} from "../offsets/lsn.ts";
import { isBeginning, isGap, type Position } from "../offsets/position.ts";

/** The instance to read from, and how far. */
export interface InstanceChoice {
  readonly instance: CaptureInstance;
  /** The last LSN of it; beyond, `next` goes on. */
  readonly lastLsn: Uint8Array | undefined;
  readonly next: CaptureInstance | undefined;
}

/**
 * Chooses among the instances of a table, two at most.
 *
 * An old one is read up to the LSN before the new one begins; transactions from
 * there on are read from the new one, since both capture them.
 *
 * @param instances Oldest first.
 * @returns `undefined` when there is none.
 */
export function chooseInstance(
  instances: readonly CaptureInstance[],
  position: Position,
): InstanceChoice | undefined {
  const begun = instances.filter(({ startLsn }) => hasBegun(startLsn))
    .toSorted((a, b) => compareLsn(a.startLsn!, b.startLsn!));
  const known = begun.length > 0 ? begun : instances.slice(0, 1);
  if (known.length === 0) return undefined;
  const needed = neededLsn(position);
  for (const [i, instance] of known.entries()) {
    const next = known[i + 1];
    if (next === undefined) {
      return { instance, lastLsn: undefined, next: undefined };
    }
    if (compareLsn(needed, next.startLsn!) < 0) {
      return { instance, lastLsn: decrementLsn(next.startLsn!), next };
    }
  }
  return undefined;
}

function hasBegun(startLsn: Uint8Array | null): boolean {
  return startLsn !== null && !isZeroLsn(startLsn);
}

/** The lowest LSN that is still of interest. */
function neededLsn(position: Position): Uint8Array {
  return position.kind === "after" ? incrementLsn(position.lsn) : position.lsn;
}

/** What the config says of a table's beginning. */
export interface StartRules {
  readonly start: "earliest" | "latest";
  readonly snapshot: "never" | "initial" | "when_needed";
  readonly onGap: "fail" | "snapshot" | "continue";
}

/** What is known when a table is begun, or looked at again. */
export interface Situation {
  readonly position: Position;
  /** The instance's; not zero. */
  readonly minLsn: Uint8Array;
  readonly maxLsn: Uint8Array;
}

/** How a table is begun. */
export type Beginning =
  | { readonly kind: "read"; readonly position: Position }
  | { readonly kind: "snapshot"; readonly reason: "initial" | "gap" }
  /** Changes may be missing, and the config doesn't say to live with it. */
  | { readonly kind: "gap" }
  /** Changes may be missing: say so, then read from `position`. */
  | { readonly kind: "skip"; readonly position: Position };

/** Decides how to begin, or to go on after the minimum has moved. */
export function decide(situation: Situation, rules: StartRules): Beginning {
  const { position, minLsn, maxLsn } = situation;
  if (isBeginning(position)) {
    if (rules.snapshot !== "never") {
      return { kind: "snapshot", reason: "initial" };
    }
    return rules.start === "latest"
      ? { kind: "read", position: { kind: "after", lsn: maxLsn } }
      : { kind: "read", position };
  }
  if (!isGap(position, minLsn)) return { kind: "read", position };
  if (rules.onGap === "snapshot" || rules.snapshot === "when_needed") {
    return { kind: "snapshot", reason: "gap" };
  }
  return rules.onGap === "fail" ? { kind: "gap" } : {
    kind: "skip",
    position: { kind: "after", lsn: decrementLsn(minLsn) },
  };
}

/** What the next query reads. */
export interface NextRead {
  readonly untilLsn: Uint8Array;
  /** Whether `until` is where the next instance begins. */
  readonly endsInstance: boolean;
}

/**
 * How far the next query goes.
 *
 * @param maxLsn What the capture job has reached.
 * @returns `undefined` when all up to there is read.
 */
export function planRead(
  position: Position,
  choice: InstanceChoice,
  maxLsn: Uint8Array,
): NextRead | undefined {
  const { lastLsn } = choice;
  const endsInstance = lastLsn !== undefined &&
    compareLsn(lastLsn, maxLsn) < 0;
  const untilLsn = endsInstance ? lastLsn : maxLsn;
  if (position.kind === "after" && compareLsn(position.lsn, untilLsn) >= 0) {
    // An instance that is read to its end is left, even with nothing to read.
    return endsInstance ? { untilLsn, endsInstance } : undefined;
  }
  return { untilLsn, endsInstance };
}

/**
 * Where the instance's columns next get another type.
 *
 * @param toldLsn What was told already, though the position is still below.
 */
export function nextRetyping(
  { retypedAt }: CaptureInstance,
  position: Position,
  toldLsn: Uint8Array,
): Uint8Array | undefined {
  return retypedAt.find((lsn) =>
    compareLsn(lsn, position.lsn) > 0 && compareLsn(lsn, toldLsn) > 0
  );
}

/** Whether the position is above all the database has: it was restored. */
export function isBeyond(position: Position, maxLsn: Uint8Array): boolean {
  return compareLsn(position.lsn, maxLsn) > 0;
}

/** NULL, before the capture job has run, is below every other. */
export function orZero(lsn: Uint8Array | null | undefined): Uint8Array {
  return lsn ?? ZERO_LSN;
}
