/**
 * What every kind of lock is: held by one instance, lost at last when it is gone.
 *
 * @module
 */

import { shortName } from "../tables/catalog.ts";
import { isIP } from "node:net";
import type { TableName } from "../tables/table_names.ts";

/** A lock that is held. */
export interface HeldLock {
  /** Aborted as soon as another may hold it; nothing may be read from then on. */
  readonly lost: AbortSignal;
  /** Gives it back; never throws. */
  release(): Promise<void>;
}

/** Where locks are. */
export interface TableLocks extends AsyncDisposable {
  /** @returns Nothing when another has it; never waits for it. */
  tryAcquire(name: string, signal: AbortSignal): Promise<HeldLock | undefined>;
}

/** For one instance alone: there is nobody to share with. */
export const noLocks: TableLocks = {
  tryAcquire: () =>
    Promise.resolve({
      lost: new AbortController().signal,
      release: () => Promise.resolve(),
    }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** What a lock's name is made of. */
export interface LockedTable {
  /** As in the connection string. */
  readonly server: string;
  /** As the server calls itself. */
  readonly serverName: string;
  /** Of the machine this runs on. */
  readonly hostName: string;
  readonly database: string;
  readonly table: TableName;
  readonly consumer: string | undefined;
}

/**
 * @returns `<server>/<database>/<table>.lock`, or with upstream's names
 * `<server>/<table>.lock`; a schema other than dbo and the consumer are added.
 */
export function lockName(
  locked: LockedTable,
  names: "database" | "upstream",
): string {
  const { server, serverName, hostName, database, table, consumer } = locked;
  const isLocal = server.toLowerCase() === "localhost" || isIP(server) !== 0;
  const consumerPart = consumer === undefined ? "" : `@${consumer}`;
  const file = `${shortName(table)}${consumerPart}.lock`;
  if (names === "upstream") {
    return `${(isLocal ? hostName : server).toLowerCase()}/${file}`;
  }
  // Instances on several machines must call an address by one name.
  const host = (isLocal ? serverName : server).toLowerCase();
  return `${host.replaceAll("\\", "-")}/${database}/${file}`;
}
