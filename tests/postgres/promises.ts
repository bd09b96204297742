/**
 * Tests of the `postgres` input that run against each server there is: the
 * system's, and the releases `deno task setup` brings.
 *
 * @module
 */

import { needs } from "../support/needs.ts";
import {
  type Postgres,
  type PostgresOptions,
  type PostgresSettings,
  startPostgres,
} from "../support/servers/postgres.ts";

/** A test has a database of its own. */
export type PromiseTest = (server: Postgres, database: string) => Promise<void>;

/** Which servers; `undefined` is the system's. */
export const SERVERS: readonly (string | undefined)[] = [undefined, "17", "18"];

/** Where one is as good as three. */
export const SYSTEMS: typeof SERVERS = [undefined];

/** Whether that server is there. */
export function hasServer(major: string | undefined): boolean {
  return needs("postgres") &&
    (major === undefined || needs(`postgres-${major}`));
}

/** One server for all of them, with the settings that streaming needs. */
export function startForPromises(
  settings: PostgresSettings,
  major: string | undefined,
  options: PostgresOptions = {},
): Promise<Postgres> {
  return startPostgres({
    wal_level: "logical",
    max_replication_slots: 40,
    max_wal_senders: 40,
    wal_sender_timeout: "4s",
    ...settings,
  }, { major, ...options });
}

/** Registers the tests, once for each server. */
export function promises(
  name: string,
  tests: Readonly<Record<string, PromiseTest>>,
  settings: PostgresSettings = {},
  servers = SERVERS,
): void {
  for (const major of servers) {
    Deno.test({
      name: major === undefined ? name : `${name} (PostgreSQL ${major})`,
      ignore: !hasServer(major),
      async fn(t) {
        await using server = await startForPromises(settings, major);
        let number = 0;
        for (const [step, run] of Object.entries(tests)) {
          const database = `test${++number}`;
          await server.sql(`CREATE DATABASE ${database}`);
          await t.step(step, () => run(server, database));
        }
      },
    });
  }
}
