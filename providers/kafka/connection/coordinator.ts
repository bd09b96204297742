/**
 * The broker that keeps a group, or the transactions of one name: found, asked, and
 * looked for anew when it has moved.
 *
 * @module
 */

import type { Cluster, Purpose } from "./cluster.ts";
import { isTransient } from "./failure.ts";
import { BrokerError, errorName } from "./protocol_error.ts";

/** As FindCoordinator numbers them. */
const KINDS = { group: 0, transaction: 1 } as const;

/** Finds and asks it. */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #kind: keyof typeof KINDS;
  readonly #name: string;
  #broker: number | undefined;

  /** @param name The group's, or the transactional id. */
  constructor(cluster: Cluster, kind: keyof typeof KINDS, name: string) {
    this.#cluster = cluster;
    this.#kind = kind;
    this.#name = name;
  }

  /**
   * One request; the answer may say what is wrong.
   * @throws Where it can't be reached; it is looked for anew then.
   */
  async ask<T>(
    api: string,
    args: readonly unknown[],
    purpose: Purpose = "control",
  ): Promise<T> {
    try {
      const broker = this.#broker ??= await this.#find();
      return await this.#cluster.ask<T>(broker, api, args, purpose);
    } catch (error) {
      if (isTransient(error)) this.#broker = undefined;
      throw error;
    }
  }

  /** Another broker has taken over, if the code says so. */
  heed(code: number): void {
    if (/COORDINATOR/.test(errorName(code))) this.#broker = undefined;
  }

  /**
   * Says what an error code means.
   * @throws {BrokerError} Unless it is 0.
   */
  assertDone(code: number, what: string): void {
    this.heed(code);
    if (code !== 0) throw new BrokerError(code, what);
  }

  async #find(): Promise<number> {
    const { coordinators: [found] } = await this.#cluster.ask<{
      coordinators: { nodeId: number; errorCode: number }[];
    }>("any", "FindCoordinator", [KINDS[this.#kind], [this.#name]]);
    this.assertDone(found.errorCode, `find the ${this.#kind}'s broker`);
    if (!this.#cluster.brokerIds.includes(found.nodeId)) {
      await this.#cluster.refresh([]);
    }
    return found.nodeId;
  }
}
