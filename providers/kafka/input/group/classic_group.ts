/**
 * The group protocol that all brokers know: members stop for a moment, one of them
 * shares out the partitions, all go on.
 *
 * Source: https://kafka.apache.org/protocol, JoinGroup, SyncGroup, Heartbeat.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import type { Cluster } from "../../connection/cluster.ts";
import { isTransient, reasonOf } from "../../connection/failure.ts";
import { BrokerError, errorName } from "../../connection/protocol_error.ts";
import {
  ASSIGNORS,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscriber,
} from "./assignors.ts";
import type {
  GroupCoordinator,
  Member,
} from "../../connection/group_coordinator.ts";
import type { GroupEvents, GroupSettings, Membership } from "./membership.ts";
import { beatingWhile } from "./beating.ts";
import { insist } from "./insist.ts";
import { pause } from "./pause.ts";

const PROTOCOL = "consumer";
const MOST_HEARTBEAT_MS = 3000;

/** A member of a classic group. */
export class ClassicGroup implements Membership {
  readonly #cluster: Cluster;
  readonly #coordinator: GroupCoordinator;
  readonly #settings: GroupSettings;
  readonly #events: GroupEvents;
  readonly #log: Logger;
  #topics: readonly string[];
  #memberId = "";
  #member: Member | undefined;
  /** Ended by what makes the member join again. */
  #staying = new AbortController();

  constructor(
    cluster: Cluster,
    coordinator: GroupCoordinator,
    settings: GroupSettings,
    topics: readonly string[],
    events: GroupEvents,
  ) {
    this.#cluster = cluster;
    this.#coordinator = coordinator;
    this.#settings = settings;
    this.#topics = topics;
    this.#events = events;
    this.#log = cluster.log;
  }

  run(signal: AbortSignal): Promise<void> {
    return insist(
      async (isIn) => {
        await this.#join();
        if (this.#member === undefined) return;
        isIn();
        await this.#stay(signal);
      },
      signal,
      this.#log,
    );
  }

  resubscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#staying.abort();
  }

  async leave(): Promise<void> {
    const { group, instanceId } = this.#settings;
    // A fixed name keeps its partitions until it is back, or its time is up.
    if (this.#memberId === "" || instanceId !== undefined) return;
    await this.#coordinator.ask("LeaveGroup", [group, [{
      memberId: this.#memberId,
      groupInstanceId: null,
      reason: "the task ended",
    }]]);
  }

  /** One attempt; without a member after it another one is needed. */
  async #join(): Promise<void> {
    const { group, instanceId = null } = this.#settings;
    this.#staying = new AbortController();
    this.#member = undefined;
    const joined = await this.#coordinator.ask<JoinAnswer>("JoinGroup", [
      group,
      this.#settings.sessionTimeoutMs,
      this.#settings.rebalanceTimeoutMs,
      this.#memberId,
      instanceId,
      PROTOCOL,
      Object.keys(ASSIGNORS).map((name) => ({
        name,
        metadata: encodeSubscription(this.#topics),
      })),
      null,
    ], "group");
    if (!this.#isIn(joined.errorCode, joined.memberId)) return;
    this.#memberId = joined.memberId;
    const synced = await this.#coordinator.ask<SyncAnswer>("SyncGroup", [
      group,
      joined.generationId,
      joined.memberId,
      instanceId,
      PROTOCOL,
      joined.protocolName,
      await this.#share(joined),
    ], "group");
    if (!this.#isIn(synced.errorCode)) return;
    const member = {
      memberId: joined.memberId,
      generation: joined.generationId,
      instanceId,
    };
    const partitions = decodeAssignment(synced.assignment);
    // Offsets in a transaction that is open are waited for, perhaps for long.
    await this.#beating(member, this.#events.assigned(partitions, member));
    this.#member = member;
  }

  /** Often enough to hear of a rebalance long before its time is up. */
  get #heartbeatMs(): number {
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#settings;
    return Math.min(
      sessionTimeoutMs / 3,
      rebalanceTimeoutMs / 10,
      MOST_HEARTBEAT_MS,
    );
  }

  /** Heartbeats, until the partitions are shared out anew. */
  async #stay(signal: AbortSignal): Promise<void> {
    const { sessionTimeoutMs } = this.#settings;
    const intervalMs = this.#heartbeatMs;
    let lastMs = performance.now();
    while (!signal.aborted) {
      await pause(intervalMs, signal, this.#staying.signal);
      if (signal.aborted) return;
      if (this.#staying.signal.aborted) return await this.#letGo();
      try {
        const code = await this.#beat(this.#member!);
        lastMs = performance.now();
        if (errorName(code) === "REBALANCE_IN_PROGRESS") {
          return await this.#letGo();
        }
        if (!this.#isIn(code)) return;
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#log.debug(`no heartbeat: ${reasonOf(error)}`);
        if (performance.now() - lastMs < sessionTimeoutMs) continue;
        this.#events.lost();
        throw error;
      }
    }
  }

  /** What is on its way is waited for. */
  async #letGo(): Promise<void> {
    await this.#beating(this.#member!, this.#events.revoking());
  }

  #beating(member: Member, work: Promise<void>): Promise<void> {
    return beatingWhile(work, () => this.#beat(member), this.#heartbeatMs);
  }

  async #beat(
    { memberId, generation, instanceId }: Member,
  ): Promise<number> {
    const { errorCode } = await this.#coordinator.ask<{ errorCode: number }>(
      "Heartbeat",
      [this.#settings.group, generation, memberId, instanceId],
    );
    return errorCode;
  }

  /**
   * @returns false: it must join (again).
   * @throws What no joining helps against.
   */
  #isIn(code: number, memberId = this.#memberId): boolean {
    switch (errorName(code)) {
      case "MEMBER_ID_REQUIRED":
        this.#memberId = memberId;
        return false;
      case "REBALANCE_IN_PROGRESS":
        return false;
      case "UNKNOWN_MEMBER_ID":
      case "ILLEGAL_GENERATION":
        this.#events.lost();
        this.#memberId = "";
        return false;
      case "FENCED_INSTANCE_ID":
        this.#events.lost();
        throw new Error(
          `another process joined with instance_id = "${this.#settings.instanceId}"`,
        );
      case "INCONSISTENT_GROUP_PROTOCOL":
        throw new FinalError(
          "kafka.group_differs",
          `the other members of the group "${this.#settings.group}" share out ` +
            "partitions by none of range and roundrobin",
          { key: "group", hint: "take another group, or set up the others" },
        );
      case "INVALID_SESSION_TIMEOUT":
        throw new FinalError(
          "kafka.session_timeout_invalid",
          "the brokers don't allow this session_timeout",
          { key: "session_timeout" },
        );
    }
    this.#coordinator.assertDone(code, "join the group");
    return true;
  }

  /** As the leader for all; else nothing. */
  async #share(
    { leader, memberId, members, protocolName, skipAssignment }: JoinAnswer,
  ) {
    if (leader !== memberId || skipAssignment) return [];
    const subscribers: Subscriber[] = members.map((one) => ({
      memberId: one.memberId,
      instanceId: one.groupInstanceId ?? null,
      topics: decodeSubscription(one.metadata),
    }));
    const wanted = new Set(subscribers.flatMap(({ topics }) => topics));
    const topics = await this.#cluster.refresh([...wanted]);
    const counts = new Map(
      topics.map(({ name, leaders }) => [name, leaders.length]),
    );
    const assign = ASSIGNORS[protocolName];
    if (assign === undefined) throw new BrokerError(23, "share the partitions");
    return [...assign(subscribers, counts)].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }));
  }
}

interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolName: string;
  readonly leader: string;
  readonly memberId: string;
  readonly skipAssignment?: boolean;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId?: string | null;
    readonly metadata: Uint8Array;
  }[];
}

interface SyncAnswer {
  readonly errorCode: number;
  readonly assignment: Uint8Array;
}
