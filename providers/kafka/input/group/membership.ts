/**
 * What belonging to a group means to the rest of the input.
 *
 * @module
 */

import type { Member } from "../../connection/group_coordinator.ts";
import type { PartitionName } from "../../connection/offsets.ts";

/** What happens to a member. */
export interface GroupEvents {
  /**
   * These may go to others (without names: all may). Returns when what is on its way
   * is acknowledged and committed, or the time for that is up; nothing more of them
   * is handed over until they are assigned again.
   */
  revoking(partitions?: readonly PartitionName[]): Promise<void>;
  /** Exactly these are ours from here on. */
  assigned(
    partitions: readonly PartitionName[],
    member: Member,
  ): Promise<void>;
  /** All went to others without asking: nothing may be committed any more. */
  lost(): void;
}

/** How a member behaves. */
export interface GroupSettings {
  readonly group: string;
  readonly instanceId: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

/** A place in a group. */
export interface Membership {
  /**
   * Joins, stays and rejoins until `signal`. Transient trouble is tried again.
   * @throws What no retry helps against.
   */
  run(signal: AbortSignal): Promise<void>;
  /** The topics are others, or have more partitions. */
  resubscribe(topics: readonly string[]): void;
  /** Lets others have the partitions at once, unless the member has a fixed name. */
  leave(): Promise<void>;
}
