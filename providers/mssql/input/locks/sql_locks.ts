/**
 * Locks of the database itself (`sp_getapplock`), needing nothing else.
 *
 * They belong to one connection of their own and live as long as that: when it is
 * lost, so are they. It is asked regularly, since a dead network says nothing.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { Session } from "../connection/session.ts";
import { heldLocks, releaseLock, takeLock } from "../statements/mod.ts";
import type { HeldLock, TableLocks } from "./table_lock.ts";

/** What the locks need. */
export interface SqlLocksOptions {
  readonly open: (signal: AbortSignal) => Promise<Session>;
  readonly log: Logger;
  /** How often the connection is asked. */
  readonly heartbeatMs: number;
  /** How long it may take to answer. */
  readonly answerMs: number;
}

/** One connection and the locks it holds. */
class LockSession {
  readonly held = new Map<string, AbortController>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(readonly session: Session, readonly options: SqlLocksOptions) {
    session.ended.addEventListener("abort", () => this.#lost(), { once: true });
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
  }

  /** One statement at a time: a connection has no more. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #beat(): Promise<void> {
    const names = [...this.held.keys()];
    if (names.length === 0) return;
    const signal = AbortSignal.timeout(this.options.answerMs);
    try {
      const [rows] = await this.inTurn(() =>
        this.session.run(heldLocks(names), {
          signal,
          timeoutMs: this.options.answerMs,
        })
      );
      for (const [i, { mode }] of rows.entries()) {
        if (mode !== "Exclusive") this.#lose(names[i]);
      }
    } catch {
      await this.session[Symbol.asyncDispose]();
    }
  }

  #lose(name: string): void {
    this.held.get(name)?.abort(new Error(`the lock ${name} was lost`));
    this.held.delete(name);
  }

  #lost(): void {
    clearInterval(this.#heartbeat);
    if (this.held.size > 0) {
      this.options.log.warn(
        "the connection that holds the locks was lost: its tables stop",
      );
    }
    for (const name of [...this.held.keys()]) this.#lose(name);
  }
}

/** Locks on one connection; they live and go with it. */
export class SqlLocks implements TableLocks {
  readonly #options: SqlLocksOptions;
  #current: Promise<LockSession> | undefined;

  constructor(options: SqlLocksOptions) {
    this.#options = options;
  }

  async tryAcquire(
    name: string,
    signal: AbortSignal,
  ): Promise<HeldLock | undefined> {
    const resource = await resourceOf(name);
    const owner = await this.#session(signal);
    if (owner.held.has(resource)) return undefined;
    return await owner.inTurn(async () => {
      const [rows] = await owner.session.run(takeLock(resource), { signal });
      if ((rows[0].result as number) < 0) return undefined;
      const lost = new AbortController();
      owner.held.set(resource, lost);
      return {
        lost: lost.signal,
        release: () => this.#release(owner, resource, lost),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const owner = await this.#current?.catch(() => undefined);
    owner?.held.clear();
    await owner?.session[Symbol.asyncDispose]();
  }

  async #release(
    owner: LockSession,
    resource: string,
    lost: AbortController,
  ): Promise<void> {
    if (owner.held.get(resource) !== lost) return;
    owner.held.delete(resource);
    try {
      const signal = AbortSignal.timeout(this.#options.answerMs);
      await owner.inTurn(() =>
        owner.session.run(releaseLock(resource), { signal })
      );
    } catch {
      // The end of the connection gives all of them back.
      await owner.session[Symbol.asyncDispose]();
    }
  }

  /** One after the other, so that no two connections are opened at once. */
  #session(signal: AbortSignal): Promise<LockSession> {
    const last = this.#current?.catch(() => undefined);
    this.#current = (async () => {
      const current = await last;
      const isUsable = current !== undefined && !current.session.ended.aborted;
      if (isUsable) return current;
      return new LockSession(await this.#options.open(signal), this.#options);
    })();
    return this.#current;
  }
}

const MAX_RESOURCE = 255;

/** The name, or its hash where it is too long for SQL Server. */
async function resourceOf(name: string): Promise<string> {
  const resource = `dstream:${name}`;
  if (resource.length <= MAX_RESOURCE) return resource;
  const bytes = new TextEncoder().encode(name);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `dstream:${new Uint8Array(digest).toHex()}`;
}
