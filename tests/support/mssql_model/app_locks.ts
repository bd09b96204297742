/**
 * sp_getapplock and its like, with locks that a session owns: they go when it does.
 *
 * @module
 */

import type { TdsSession } from "../tds/session.ts";

/** What sp_getapplock returns. */
export const LockResult = {
  granted: 0,
  timedOut: -1,
} as const;

/** The application locks of one database. */
export class AppLocks {
  readonly #owners = new Map<string, TdsSession>();
  readonly #watched = new WeakSet<TdsSession>();

  /** Never waits: @LockTimeout is 0 in every statement of ours. */
  take(resource: string, session: TdsSession): number {
    const owner = this.#owners.get(resource);
    if (owner !== undefined && owner !== session) return LockResult.timedOut;
    this.#owners.set(resource, session);
    this.#watch(session);
    return LockResult.granted;
  }

  isHeldBy(resource: string, session: TdsSession): boolean {
    return this.#owners.get(resource) === session;
  }

  /** @returns False when this session doesn't hold it. */
  release(resource: string, session: TdsSession): boolean {
    if (!this.isHeldBy(resource, session)) return false;
    return this.#owners.delete(resource);
  }

  /** Sessions by resource. */
  get owners(): ReadonlyMap<string, TdsSession> {
    return this.#owners;
  }

  #watch(session: TdsSession): void {
    if (this.#watched.has(session)) return;
    this.#watched.add(session);
    session.onEnd(() => this.#releaseAll(session));
    session.onReset(() => this.#releaseAll(session));
  }

  #releaseAll(session: TdsSession): void {
    for (const [resource, owner] of this.#owners) {
      if (owner === session) this.#owners.delete(resource);
    }
  }
}
