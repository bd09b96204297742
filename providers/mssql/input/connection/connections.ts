/**
 * The connections of one input: for reading, for polls, for offsets and locks.
 *
 * With `read_only` the first two go to a readable secondary, the others to the
 * primary.
 *
 * @module
 */

import type { MssqlConfig } from "../config.ts";
import {
  parseConnectionString,
  type SqlServerTarget,
} from "./connection_string.ts";
import { openSession } from "./open_session.ts";
import type { Session } from "./session.ts";
import { SessionPool } from "./session_pool.ts";

/** Opens each connection when it is first used, and closes all of them. */
export class Connections implements AsyncDisposable {
  readonly target: SqlServerTarget;
  readonly isReadOnly: boolean;
  /** Changes and rows of snapshots. */
  readonly reading: SessionPool;
  /** Short questions to where changes are read. */
  readonly asking: SessionPool;
  /** Offsets. */
  readonly writing: SessionPool;
  readonly #primary: SqlServerTarget;

  constructor(config: MssqlConfig) {
    const { dbConnectionString, offsetsConnectionString } = config;
    this.target = parseConnectionString(dbConnectionString);
    this.isReadOnly = config.readOnly || this.target.isReadOnly;
    this.#primary = offsetsConnectionString === undefined
      ? this.target
      : parseConnectionString(offsetsConnectionString);
    const purpose = { isReadOnly: this.isReadOnly };
    const open = (signal: AbortSignal) =>
      openSession(this.target, purpose, signal);
    this.reading = new SessionPool(config.maxConnections, open);
    this.asking = new SessionPool(1, open);
    this.writing = new SessionPool(1, (signal) => this.openPrimary(signal));
  }

  /** A connection of its own, to where offsets are. */
  openPrimary(signal: AbortSignal): Promise<Session> {
    return openSession(this.#primary, { isReadOnly: false }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.reading, this.asking, this.writing]
        .map((pool) => pool[Symbol.asyncDispose]()),
    );
  }
}
