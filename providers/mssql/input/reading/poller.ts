/**
 * Asks for news of all tables that are due, in one query.
 *
 * A table waits here for its turn; those that are due at nearly the same time go
 * together. When such a query fails, each is asked alone, so that one broken table
 * breaks no other.
 *
 * @module
 */

import { orZero } from "../tables/table_plan.ts";
import { toLsn } from "../offsets/lsn.ts";
import type { Row, Session } from "../connection/session.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import { isTransient } from "../connection/sql_error.ts";
import {
  MAX_POLLED_TABLES,
  poll,
  type PolledTable,
} from "../statements/mod.ts";

/** What is new with one table. */
export interface Polled {
  /** Zero before the first capture. */
  readonly maxLsn: Uint8Array;
  /** Zero without rights, or before the first capture of this instance. */
  readonly minLsn: Uint8Array;
  readonly hasChanges: boolean;
  /** Of the newest captured transaction; nothing when unknown. */
  readonly ageSeconds: number | undefined;
  /** Another one than before means that instances or columns have changed. */
  readonly catalogMark: string;
}

interface Waiting {
  readonly table: PolledTable;
  readonly dueMs: number;
  readonly resolve: (polled: Polled) => void;
  readonly reject: (error: unknown) => void;
}

/** Asks for those who are due; each gets its own part of the answer. */
export class Poller {
  readonly #sessions: SessionPool;
  readonly #slackMs: number;
  readonly #stop: AbortSignal;
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDueMs = Infinity;

  /** @param slackMs Tables that are due so little later go along. */
  constructor(sessions: SessionPool, slackMs: number, stop: AbortSignal) {
    this.#sessions = sessions;
    this.#slackMs = slackMs;
    this.#stop = stop;
  }

  /** What is new with a table, looked at after `delayMs`. */
  async wait(
    table: PolledTable,
    delayMs: number,
    signal: AbortSignal,
  ): Promise<Polled> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Polled>();
    const dueMs = performance.now() + delayMs;
    const waiting: Waiting = { table, dueMs, resolve, reject };
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.add(waiting);
    this.#schedule();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(waiting);
      if (this.#waiting.size === 0) this.#clearTimer();
    }
  }

  #schedule(): void {
    const dues = [...this.#waiting].map(({ dueMs }) => dueMs);
    const dueMs = Math.min(...dues);
    if (dueMs >= this.#timerDueMs) return;
    this.#clearTimer();
    if (dueMs === Infinity) return;
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, dueMs - performance.now());
    this.#timer = setTimeout(() => this.#fire(), delayMs);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = Infinity;
  }

  #fire(): void {
    this.#clearTimer();
    const lastMs = performance.now() + this.#slackMs;
    const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= lastMs);
    for (const one of due) this.#waiting.delete(one);
    for (let at = 0; at < due.length; at += MAX_POLLED_TABLES) {
      this.#ask(due.slice(at, at + MAX_POLLED_TABLES));
    }
    this.#schedule();
  }

  async #ask(due: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#sessions.use(
        this.#stop,
        (session) => askAll(session, due.map(({ table }) => table), this.#stop),
      );
      for (const [i, { resolve }] of due.entries()) resolve(answers[i]);
    } catch (error) {
      const isShared = isTransient(error) || this.#stop.aborted;
      if (due.length === 1 || isShared) {
        for (const { reject } of due) reject(error);
      } else for (const one of due) await this.#ask([one]);
    }
  }
}

/** What is new with these tables, asked over one connection. */
export async function askAll(
  session: Session,
  tables: readonly PolledTable[],
  signal: AbortSignal,
): Promise<Polled[]> {
  const [[head], rows, minima] = await session.run(poll(tables), { signal });
  return rows.map((row, i) => toPolled(head, row, minima[i]));
}

function toPolled(head: Row, row: Row, minimum: Row): Polled {
  const age = head.age_seconds;
  return {
    maxLsn: orZero(head.max_lsn as Uint8Array | null),
    minLsn: toLsn(minimum.min_lsn as Uint8Array | null),
    hasChanges: row.next_lsn !== null,
    ageSeconds: age === null ? undefined : Number(age),
    catalogMark: [
      head.instance_count,
      head.newest_instance,
      head.newest_ddl === null
        ? ""
        : Array.from(head.newest_ddl as Uint8Array).join("."),
    ].join("|"),
  };
}
