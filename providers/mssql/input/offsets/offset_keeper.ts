/**
 * Moves the offsets of delivered changes: all that moved since, in one statement.
 *
 * A table's generation was raised when its lock was taken. Who took it before can't
 * move its offset any more: their statement finds another generation, and they
 * learn that the table is lost to them.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { nameOf, type StoredOffset, takeOffset } from "./offsets_table.ts";
import { pause } from "../reading/pause.ts";
import { type Position, storedForm } from "./position.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import {
  MAX_MOVED_OFFSETS,
  moveOffsets,
  type NewOffset,
  type OffsetsTable,
} from "../statements/mod.ts";

/** What one reader holds of one table. */
export interface HeldOffset {
  readonly stored: StoredOffset;
  /** Notes that all up to there is delivered; stored with the next flush. */
  delivered(position: Position, snapshot: string | null): void;
  /** Stores what is noted and not stored yet, then forgets the table. */
  release(): Promise<void>;
}

/** Another task reads the same table. */
export class ForeignOffsetError extends Error {
  override readonly name = "ForeignOffsetError";
}

/** What the keeper needs. */
export interface KeeperOptions {
  readonly sessions: SessionPool;
  readonly table: OffsetsTable;
  /** Whose offsets they are: the task's name; nobody's by hand. */
  readonly owner: string | null;
  readonly log: Logger;
  /** No more often than this. */
  readonly flushIntervalMs: number;
  /** The pause after a flush that failed. */
  readonly retryMs: number;
}

interface Entry {
  readonly generation: bigint;
  readonly onLost: () => void;
  noted: NewOffset | undefined;
}

/** Each on another connection, if the last was lost. */
const LAST_TRIES = 4;

/** Keeps how far each table was delivered, and stores it. */
export class OffsetKeeper {
  readonly #options: KeeperOptions;
  readonly #entries = new Map<string, Entry>();
  #flushing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastFlushMs = -Infinity;
  /** Outlives a stop: the last offsets are stored after it. */
  readonly #ending = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Takes a table's row, raising its generation.
   *
   * @param onLost Called when somebody else has taken it since.
   * @throws {ForeignOffsetError} when it is another task's.
   */
  async take(
    key: string,
    onLost: () => void,
    signal: AbortSignal,
  ): Promise<HeldOffset> {
    const { sessions, table, owner } = this.#options;
    const stored = await sessions.use(
      signal,
      (session) => takeOffset(session, table, key, owner, signal),
    );
    if (stored === undefined) throw this.#foreign(key);
    const entry = { generation: stored.generation, onLost, noted: undefined };
    this.#entries.set(key, entry);
    return {
      stored,
      delivered: (position, snapshot) => {
        if (this.#entries.get(key) !== entry) return;
        const { generation } = entry;
        const noted = { key, generation, ...storedForm(position), snapshot };
        Object.assign(entry, { noted });
        this.#schedule();
      },
      release: async () => {
        if (this.#entries.get(key) !== entry) return;
        if (entry.noted !== undefined) await this.flush();
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    };
  }

  /** Stores all that is noted; tries once more what failed. */
  async flush(): Promise<void> {
    await this.#flushing?.catch(() => {});
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushNow().finally(() => {
      this.#flushing = undefined;
      this.#lastFlushMs = performance.now();
    });
    await this.#flushing;
  }

  /** Stores the last of it; what fails is tried a few times and then given up. */
  async close(): Promise<void> {
    try {
      for (let tries = 1;; tries++) {
        try {
          return await this.flush();
        } catch (error) {
          if (tries === LAST_TRIES) throw error;
          await pause(this.#options.retryMs, this.#ending.signal);
        }
      }
    } finally {
      clearTimeout(this.#timer);
      this.#ending.abort();
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#ending.signal.aborted) return;
    const sinceMs = performance.now() - this.#lastFlushMs;
    const { flushIntervalMs } = this.#options;
    this.#setTimer(Math.max(0, flushIntervalMs - sinceMs));
  }

  #setTimer(delayMs: number): void {
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      try {
        await this.flush();
      } catch (error) {
        const { log, retryMs } = this.#options;
        if (this.#ending.signal.aborted) return;
        log.warn(`could not store offsets: ${(error as Error).message}`);
        if (this.#timer === undefined) this.#setTimer(retryMs);
      }
    }, delayMs);
  }

  async #flushNow(): Promise<void> {
    const due = [...this.#entries].filter(([_, { noted }]) => noted);
    for (let at = 0; at < due.length; at += MAX_MOVED_OFFSETS) {
      await this.#move(due.slice(at, at + MAX_MOVED_OFFSETS));
    }
  }

  async #move(due: readonly (readonly [string, Entry])[]): Promise<void> {
    const { sessions, table } = this.#options;
    const written = due.map(([_, entry]) => entry.noted!);
    const { signal } = this.#ending;
    const [rows] = await sessions.use(
      signal,
      (session) => session.run(moveOffsets(table, written), { signal }),
    );
    const moved = new Set(rows.map((row) => lower(row.table_name)));
    for (const [i, [key, entry]] of due.entries()) {
      // What was delivered meanwhile is for the next flush.
      if (entry.noted === written[i]) entry.noted = undefined;
      if (!moved.has(lower(key))) this.#lose(key, entry);
    }
  }

  #lose(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.onLost();
  }

  #foreign(key: string): ForeignOffsetError {
    const name = nameOf(this.#options.table);
    const quoted = key.replaceAll("'", "''");
    const { owner } = this.#options;
    const reader = owner === null
      ? "and not to who runs it by hand"
      : `than "${owner}"`;
    return new ForeignOffsetError(
      `the offset "${key}" in ${name} belongs to another task ${reader}: give ` +
        `this one a consumer = "…" of its own, or hand the table over with ` +
        `UPDATE ${name} SET owner = NULL WHERE table_name = N'${quoted}'`,
    );
  }
}

function lower(value: unknown): string {
  return String(value).toLowerCase();
}
