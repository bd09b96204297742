/**
 * Deadlocks, timeouts, lost connections: tried again, never losing the place.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { DroppedConnection, SqlServerError } from "../support/tds/errors.ts";
import { config, idsOf, inserts, makeTables } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

const model = { only: "model" } as const;
const ALL = Array.from({ length: 20 }, (_, i) => i + 1);
const batch = { min_rows: 3, max_rows: 3 };

requirement(
  "deadlocks, lost connections and errors never lose the place",
  async (database, t) => {
    const deadlock = () => {
      throw new SqlServerError({ number: 1205, message: "deadlocked" });
    };
    const drop = () => {
      throw new DroppedConnection();
    };
    const cases = [
      ["a deadlock of a poll", "poll", deadlock],
      ["a deadlock of a reading", "changes", deadlock],
      ["a deadlock of a flush", "move offsets", deadlock],
      ["a connection lost in a poll", "poll", drop],
      ["a connection lost in a reading", "changes", drop],
      ["a connection lost in a flush", "move offsets", drop],
      ["a connection lost when the offset is taken", "take offset", drop],
    ] as const;
    for (const [i, [name, tag, action]] of cases.entries()) {
      await t.step(name, async () => {
        const table = `t${i}`;
        await makeTables(database, table);
        await database.apply(...inserts(table, 1, 20));
        const more = { tables: [table], batch };
        const { interruptions, server } = database.model!;
        // What the one before sent last may still be on its way.
        await until(() => server.sessions.length === 0, () => "sessions stay");
        // The handshake's own poll is left in peace.
        const skip = tag === "poll" ? 1 : 0;
        interruptions.at(tag, action, { times: 2, skip });
        await using reading = await Reading.start(config(database, more));
        await reading.take(20);
        assertEquals(idsOf(reading), ALL);
        await reading.stop();
        interruptions.clear();
        const { LSN } = reading.envelopes.at(-1)!.metadata;
        const { lsn } = (await database.offset(table))!;
        assert.ok(lsn >= LSN, `${lsn} ${LSN}\n${reading.logs.join("\n")}`);
      });
    }
  },
  model,
);

requirement(
  "a connection lost in the middle of the rows repeats none and loses none",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 20));
    database.model!.interruptions.at("changes", () => {
      throw new DroppedConnection();
    }, { point: "in_rows", times: 2 });
    await using reading = await Reading.start(config(database));
    await reading.take(20);
    assertEquals(idsOf(reading), ALL);
  },
  model,
);

requirement(
  "a failover drops every connection, and reading goes on",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const more = { lock_config: { type: "sql" } };
    await using reading = await Reading.start(config(database, more));
    await reading.take(1);
    const { server } = database.model!;
    server.refuses = true;
    server.dropAll();
    await reading.saying("next try in");
    server.refuses = false;
    await database.apply(...inserts("orders", 2, 1));
    await until(() => idsOf(reading).includes(2), () => `${idsOf(reading)}`);
    // The first again where the connections broke before its round was over.
    assertEquals([...new Set(idsOf(reading))], [1, 2]);
  },
  model,
);

requirement(
  "a server that falls silent in an answer is left after the command's timeout",
  async (database) => {
    const name = "x".repeat(20_000);
    await database.createTable("orders", [
      { name: "id", type: "int", isNullable: false },
      { name: "name", type: "nvarchar(max)" },
    ], ["id"]);
    await database.enableTable("orders");
    await database.apply(
      ...ALL.map((id) => ({ insert: "orders", row: { id, name } })),
    );
    database.model!.interruptions.at(
      "changes",
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        ),
      { point: "in_rows" },
    );
    const db_connection_string =
      `${database.connectionString};Command Timeout=1`;
    await using reading = await Reading.start(
      config(database, { db_connection_string }),
    );
    await reading.take(20);
    assertEquals(idsOf(reading), ALL);
    assert.ok(reading.logs.some((line) => line.includes("sent nothing for")));
  },
  model,
);

requirement(
  "the default connection is encrypted, also to an IP address",
  async (database, t) => {
    const { makeTestIdentity } = await import(
      "../support/tds/test_identity.ts"
    );
    const { Model } = await import("../support/mssql_model/model.ts");
    await using model = new Model({ tls: await makeTestIdentity() });
    const shop = model.database("shop");
    shop.enableCdc();
    shop.noteIdle();
    shop.createTable("orders", [{ name: "id", type: "int" }], ["id"]);
    shop.enableTable("orders");
    shop.transaction((transaction) => transaction.insert("orders", { id: 1 }));
    await t.step("trusting any certificate", async () => {
      await using reading = await Reading.start(config(database, {
        db_connection_string:
          `${model.connectionString};TrustServerCertificate=true`,
      }));
      await reading.take(1);
    });
    await t.step(
      "refusing one that nobody vouches for, and saying why",
      async () => {
        await assert.rejects(
          () =>
            Reading.start(config(database, {
              db_connection_string: model.connectionString,
            })),
          /Certificate=ca\.pem.*TrustServerCertificate=true/,
        );
      },
    );
    await t.step("a server without encryption, in our words", async () => {
      const plain = database.model!.connectionString;
      await assert.rejects(
        () => Reading.start(config(database, { db_connection_string: plain })),
        /the server has no encryption.*Encrypt=false/,
      );
    });
    await t.step("a server that requires it of who has none", async () => {
      await using strict = new Model({
        tls: await makeTestIdentity(),
        encryption: "required",
      });
      const db_connection_string = `${strict.connectionString};Encrypt=false`;
      await assert.rejects(
        () => Reading.start(config(database, { db_connection_string })),
        /the server wants an encrypted connection: leave Encrypt=false out/,
      );
    });
  },
  model,
);

requirement(
  "a wrong password is an error at the handshake",
  async (database) => {
    await makeTables(database, "orders");
    const db_connection_string = database.connectionString
      .replace(/Password="[^"]*"/, "Password=wrong");
    await assert.rejects(
      () => Reading.start(config(database, { db_connection_string })),
      /Login failed/,
    );
  },
  model,
);
