import { fromSource, testInput } from "@dstream/sdk/testing";
import { needs } from "../../../tests/support/needs.ts";
import {
  type Postgres,
  startPostgres,
} from "../../../tests/support/servers/postgres.ts";

const COUNT = 60;

/** A database with a table of some rows. */
async function start(): Promise<Postgres> {
  const server = await startPostgres({ wal_level: "logical" });
  await server.sql(
    "CREATE TABLE orders (id bigint PRIMARY KEY, name text); " +
      "INSERT INTO orders SELECT n, 'order ' || n " +
      `FROM generate_series(1, ${COUNT}) n`,
  );
  return server;
}

/**
 * A slot, and behind it some rows, each in a transaction of its own, with where
 * that began.
 */
async function startWithChanges(): Promise<Postgres> {
  const server = await startPostgres({ wal_level: "logical" });
  await server.sql(
    "CREATE TABLE orders (id bigint PRIMARY KEY, name text); " +
      "CREATE TABLE begins (lsn pg_lsn); " +
      "CREATE PUBLICATION dstream FOR TABLE orders",
  );
  await server.sql(
    "SELECT pg_create_logical_replication_slot('dstream', 'pgoutput')",
  );
  await server.sql(
    `DO $$ BEGIN FOR n IN 1..${COUNT} LOOP ` +
      "INSERT INTO begins VALUES (pg_current_wal_insert_lsn()); " +
      "INSERT INTO orders VALUES (n, 'order ' || n); " +
      "COMMIT; END LOOP; END $$",
  );
  return server;
}

/** How many changes the slot would send again. */
async function unconfirmed(server: Postgres): Promise<number> {
  const count = await server.sql(
    "SELECT count(*) FROM begins, pg_replication_slots " +
      "WHERE slot_name = 'dstream' AND lsn >= confirmed_flush_lsn",
  );
  return Number(count);
}

/** Writes rows until the block ends. */
function keepBusy(server: Postgres): AsyncDisposable {
  let isOver = false;
  let next = COUNT + 1;
  const work = (async () => {
    while (!isOver) {
      await server.sql(
        "INSERT INTO orders SELECT n, 'more' FROM " +
          `generate_series(${next}, ${next + 499}) n`,
      );
      next += 500;
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await work;
    },
  };
}

function configOf(server: Postgres) {
  return { connection_string: server.url, tables: ["orders"] };
}

if (needs("postgres")) {
  testInput({
    name: "postgres",
    subject: fromSource(new URL("./main.ts", import.meta.url)),
    finite: async (test) => {
      await using server = await startWithChanges();
      await test({
        config: { ...configOf(server), snapshot: "never", follow: false },
        count: COUNT,
        unconfirmed: () => unconfirmed(server),
      });
    },
    endless: async (test) => {
      await using server = await start();
      await using _busy = keepBusy(server);
      await test({ config: configOf(server) });
    },
    identity: ({ data }) => (data as { id: number }).id,
  });
}
