/**
 * What the `postgres` input promises about memory and time; the numbers are those of
 * docs/postgres.md. Long, and the same with every version of the server.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { CONFIRMED, InputRun, until } from "./input_run.ts";
import { promises, SYSTEMS } from "./promises.ts";

const ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, name text);";

promises(
  "the postgres input is bounded",
  {
    "8 and 10: an output that blocks costs neither the connection nor memory":
      async (server, db) => {
        await server.sql(ORDERS, db);
        await using run = await InputRun.start(server, db, {
          tables: ["orders"],
        });
        await server.sql(
          "INSERT INTO orders SELECT n, repeat('y', 500) " +
            "FROM generate_series(1, 200000) n",
          db,
        );
        await run.take(1, false);
        // Three times wal_sender_timeout without reading a byte.
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        const status = Deno.build.os === "linux"
          ? await Deno.readTextFile(`/proc/${run.process.pid}/status`)
          : "VmHWM: 0 kB";
        const peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
        assert.ok(peakMb < 250, `${peakMb} MB`);
        await run.take(199_999);
        await until(server, db, CONFIRMED(db), "t");
        assert.ok(
          !run.process.stderr.includes("trying again"),
          run.process.stderr,
        );
      },

    "21: a transaction of any size passes in bounded memory": async (
      server,
      db,
    ) => {
      await server.sql(`${ORDERS} INSERT INTO orders VALUES (0, '')`, db);
      await using run = await InputRun.start(server, db, {
        tables: ["orders"],
      });
      await run.take(1); // The rows that are copied are behind it.
      await server.sql(
        "INSERT INTO orders SELECT n, repeat('w', 400) " +
          "FROM generate_series(1, 300000) n",
        db,
      );
      const positions = (await run.take(300_000)).map((each) =>
        each.metadata.position
      );
      assertEquals(positions, [...positions].sort());
      assertEquals(new Set(positions).size, 300_000);
      if (Deno.build.os !== "linux") return;
      const status = await Deno.readTextFile(
        `/proc/${run.process.pid}/status`,
      );
      const peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
      assert.ok(peakMb < 250, `${peakMb} MB`);
    },
  },
  {},
  SYSTEMS,
);
