/**
 * Locks: of the database, and leases of blobs in the real emulator.
 *
 * @module
 */

import type { Model } from "../support/mssql_model/model.ts";
import { BlobLocks } from "../../providers/mssql/input/locks/blob_locks.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { Azurite } from "../support/azurite.ts";
import { config, idsOf, inserts, makeTables } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

const sql = { lock_config: { type: "sql" } };
/** Some polls pass, none of them by this application. */
async function expectNoPolls(model: Model | undefined, appName: string) {
  if (model === undefined) return;
  const polling: string[] = [];
  model.interruptions.at("poll", ({ session }) => {
    polling.push(session.appName);
  }, { times: 5 });
  await until(() => polling.length >= 5, () => `5 polls, ${polling.length}`);
  assert.ok(!polling.includes(appName), polling.join(", "));
}

const never = new AbortController().signal;

requirement(
  "sql: who hasn't the lock waits without polling, and takes over after a release",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database, sql));
    await first.take(1);
    const app = `${database.connectionString};App=second`;
    await using second = await Reading.start(
      config(database, { ...sql, db_connection_string: app }),
    );
    await second.saying("waiting for the lock of dbo.orders");
    await expectNoPolls(database.model, "second");
    await first.stop();
    await database.apply(...inserts("orders", 2, 1));
    await second.take(1);
    assertEquals(idsOf(second), [2]);
  },
);

requirement(
  "sql: a lost lock connection stops its tables, and they begin again",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database, sql));
    await reading.take(1);
    const { locks } = database.model!.database("shop");
    const [holder] = locks.owners.values();
    database.model!.dropSessions((session) => session.id === holder.id);
    await reading.saying("stopped reading dbo.orders: the lock");
    await database.apply(...inserts("orders", 2, 1));
    await reading.take(2);
    assertEquals(idsOf(reading), [1, 2]);
    const [next] = locks.owners.values();
    assert.notEqual(next.id, holder.id);
  },
  { only: "model" },
);

requirement("sql: consumers don't exclude each other", async (database) => {
  await makeTables(database, "orders");
  await database.apply(...inserts("orders", 1, 1));
  await using a = await Reading.start(
    config(database, { ...sql, consumer: "a" }),
  );
  await using b = await Reading.start(
    config(database, { ...sql, consumer: "b" }),
  );
  await a.take(1);
  await b.take(1);
});

Deno.test("blob leases, against Azurite", async (t) => {
  await using azurite = await Azurite.start();
  const place = {
    connectionString: azurite.connectionString,
    containerName: "locks",
  };
  const warnings: string[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => void warnings.push(message),
    error: () => {},
  };
  const times = { leaseSeconds: 15, renewMs: 200, marginMs: 2000 };
  const open = () => BlobLocks.open(place, log, never, times);

  await t.step(
    "one holds a lock at a time, and a release hands it on",
    async () => {
      await using one = await open();
      await using two = await open();
      const name = "server/shop/orders.lock";
      const held = await one.tryAcquire(name, never);
      assert.ok(held !== undefined);
      assertEquals(await two.tryAcquire(name, never), undefined);
      await held.release();
      const next = await two.tryAcquire(name, never);
      assert.ok(next !== undefined);
      await next.release();
    },
  );

  await t.step(
    "a lease is finite and is renewed, so that a crash frees it",
    async () => {
      await using locks = await open();
      const held = (await locks.tryAcquire("a.lock", never))!;
      const { BlobServiceClient } = await import("@azure/storage-blob");
      const blob = BlobServiceClient
        .fromConnectionString(place.connectionString)
        .getContainerClient("locks").getBlobClient("a.lock");
      const { leaseDuration, leaseState } = await blob.getProperties();
      assertEquals([leaseDuration, leaseState], ["fixed", "leased"]);
      await held.release();
    },
  );

  await t.step(
    "a lease that another took is lost at the next renewal",
    async () => {
      await using locks = await open();
      const held = (await locks.tryAcquire("b.lock", never))!;
      const { BlobServiceClient } = await import("@azure/storage-blob");
      const blob = BlobServiceClient
        .fromConnectionString(place.connectionString)
        .getContainerClient("locks").getBlobClient("b.lock");
      await blob.getBlobLeaseClient().breakLease(0);
      await until(() => held.lost.aborted, () => "a lost lock");
      assert.match(warnings.at(-1)!, /lost the lock b\.lock/);
    },
  );

  await t.step(
    "a lease that can't be renewed is given up before it ends",
    async () => {
      const failing = {
        acquireLease: () => Promise.resolve({}),
        renewLease: () => Promise.reject(new Error("no network")),
        releaseLease: () => Promise.resolve({}),
      };
      const container = {
        getBlockBlobClient: () => ({ getBlobLeaseClient: () => failing }),
      };
      const short = { leaseSeconds: 30, renewMs: 50, marginMs: 29_500 };
      await using locks = new BlobLocks(container as never, log, short);
      const startMs = performance.now();
      const held = (await locks.tryAcquire("c.lock", never))!;
      await until(() => held.lost.aborted, () => "a lost lock");
      assert.ok(performance.now() - startMs < 30_000);
    },
  );

  await t.step(
    "two inputs share a table: one reads, the other takes over",
    async () => {
      const { ModelTestDatabase } = await import("./support/model_database.ts");
      await using database = new ModelTestDatabase();
      await makeTables(database, "orders");
      await database.apply(...inserts("orders", 1, 1));
      const lock_config = {
        type: "azure_blob",
        connection_string: place.connectionString,
        container_name: "shared",
      };
      const first = await Reading.start(config(database, { lock_config }));
      await first.take(1);
      await using second = await Reading.start(
        config(database, { lock_config }),
      );
      await second.saying("waiting for the lock");
      await first.stop();
      await database.apply(...inserts("orders", 2, 1));
      await second.take(1);
      assertEquals(idsOf(second), [2]);
    },
  );
});
