/**
 * What the `postgres` input promises, each against a real server; the numbers are
 * those of docs/postgres.md.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import {
  CONFIRMED,
  InputRun,
  isActive,
  isStreaming,
  type Received,
  RefusedStart,
  until,
} from "./input_run.ts";
import { ask, resourceOf } from "./lifecycle.ts";
import { promises } from "./promises.ts";

const ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, name text);";
const TEN = "INSERT INTO orders SELECT n, 'order ' || n " +
  "FROM generate_series(1, 10) n;";

/** The next envelopes, acknowledged: what happened to which row. */
async function operationsOf(run: InputRun, count: number): Promise<string[]> {
  return (await run.take(count)).map(({ data, metadata }) =>
    `${metadata.operation} ${data?.id ?? metadata.table}`
  );
}

promises("the postgres input keeps its promises", {
  "1 and 4: a row is in the snapshot or in the stream, never in both or neither":
    async (server, db) => {
      await server.sql(ORDERS + TEN, db);
      let isOver = false;
      const writer = (async () => {
        let id = 1000;
        while (!isOver) {
          await server.sql(
            `INSERT INTO orders VALUES (${id}, 'while'); ` +
              `UPDATE orders SET name = 'later' WHERE id = ${id}; ` +
              `DELETE FROM orders WHERE id = ${id - 5}`,
            db,
          );
          id++;
        }
        return id;
      })();
      await using run = await InputRun.start(server, db, {
        tables: ["orders"],
      });
      const table = new Map<number, unknown>();
      let received = 0;
      let last = 0;
      const apply = (each: Awaited<ReturnType<InputRun["next"]>>) => {
        const id = Number(each!.data.id);
        if (each!.metadata.operation === "delete") table.delete(id);
        else table.set(id, each!.data.name);
        last = Math.max(last, id);
      };
      while (received++ < 60) apply(await run.next());
      isOver = true;
      const end = await writer;
      await server.sql(`INSERT INTO orders VALUES (${end + 9}, 'last')`, db);
      while (last < end + 9) apply(await run.next());
      const rows = await server.sql(
        "SELECT id, name FROM orders ORDER BY id",
        db,
      );
      const ours = [...table].sort(([a], [b]) => a - b)
        .map(([id, name]) => `${id}|${name}`).join("\n");
      assertEquals(ours, rows);
    },

  "2: a SIGKILL in the snapshot loses nothing; the rest is read in a later state":
    async (server, db) => {
      await server.sql(
        ORDERS + "INSERT INTO orders SELECT n, repeat('x', 200) " +
          "FROM generate_series(1, 20000) n",
        db,
      );
      const config = { tables: ["orders"], follow: false };
      const ids = new Set<number>();
      let state;
      {
        await using run = await InputRun.start(server, db, config);
        for (let n = 0; n < 5000; n++) {
          ids.add(Number((await run.next())!.data.id));
          if (n === 4000) assert.ok(run.state !== undefined);
        }
        // What came behind the state is lost with the process.
        state = run.state;
        run.process.kill("SIGKILL");
      }
      await server.sql("INSERT INTO orders VALUES (0, 'later')", db);
      await using rest = await InputRun.start(server, db, config, state);
      const after = await rest.all();
      assert.ok(after.length < 20_001, "the rows before the state came again");
      for (const { data } of after) ids.add(Number(data.id));
      assertEquals(ids.size, 20_001);
      await rest.process.endsWith(0);
    },

  "5: the slot is confirmed to what is acknowledged, and to nothing before":
    async (server, db) => {
      await server.sql(ORDERS, db);
      await using run = await InputRun.start(server, db, {
        tables: ["orders"],
      });
      await until(
        server,
        db,
        isStreaming(db),
        "t",
      );
      const before = await server.sql("SELECT pg_current_wal_lsn()", db);
      await server.sql(TEN, db);
      await run.take(10, false);
      // Long enough for statuses to go out.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      assertEquals(
        await server.sql(
          `SELECT confirmed_flush_lsn <= '${before}' FROM pg_replication_slots ` +
            `WHERE slot_name = '${db}'`,
          db,
        ),
        "t",
      );
      await run.acknowledge();
      await until(server, db, CONFIRMED(db), "t");
    },

  "6: while its tables are idle the slot follows what others write": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS + "CREATE TABLE other (n int)", db);
    await using _run = await InputRun.start(server, db, { tables: ["orders"] });
    await until(
      server,
      db,
      isStreaming(db),
      "t",
    );
    await server.sql(
      "INSERT INTO other SELECT generate_series(1, 20000)",
      db,
    );
    await until(server, db, CONFIRMED(db), "t");
  },

  "7: a heartbeat needs no table and moves the slot": async (server, db) => {
    await server.sql(ORDERS, db);
    const config = { tables: ["orders"], heartbeat: "100ms" };
    await using _run = await InputRun.start(server, db, config);
    const start = await server.sql("SELECT pg_current_wal_lsn()", db);
    await until(
      server,
      db,
      `SELECT confirmed_flush_lsn > '${start}' FROM pg_replication_slots ` +
        `WHERE slot_name = '${db}'`,
      "t",
    );
  },

  "11: an unchanged large value is absent and named, with FULL it is filled in":
    async (server, db) => {
      const toast = "CREATE TABLE a (id int PRIMARY KEY, n int, big text); " +
        "ALTER TABLE a ALTER big SET STORAGE EXTERNAL; " +
        "CREATE TABLE b (LIKE a INCLUDING ALL); " +
        "ALTER TABLE b REPLICA IDENTITY FULL;";
      await server.sql(toast, db);
      const config = { tables: ["a", "b"] };
      await using run = await InputRun.start(server, db, config);
      await until(
        server,
        db,
        isStreaming(db),
        "t",
      );
      const big = "repeat('z', 10000)";
      await server.sql(
        `INSERT INTO a VALUES (1, 1, ${big}); UPDATE a SET n = 2; ` +
          `INSERT INTO b VALUES (1, 1, ${big}); UPDATE b SET n = 2`,
        db,
      );
      const [, a, , b] = await run.take(4);
      assertEquals(a.data, { id: 1, n: 2 });
      assertEquals(a.metadata.unchanged, ["big"]);
      assertEquals(String(b.data.big).length, 10_000);
      assertEquals(b.metadata.unchanged, undefined);
      assertEquals(b.metadata.key, ["id"]);
    },

  "12: an update that changes the key carries the old one": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS, db);
    await using run = await InputRun.start(server, db, { tables: ["orders"] });
    await until(
      server,
      db,
      isStreaming(db),
      "t",
    );
    await server.sql(
      "INSERT INTO orders VALUES (1, 'a'); UPDATE orders SET id = 2",
      db,
    );
    const [, update] = await run.take(2);
    assertEquals(update.metadata.before, { id: 1 });
    assertEquals(update.data, { id: 2, name: "a" });
  },

  "13: a table without replica identity is refused, with the statement that helps":
    async (server, db) => {
      await server.sql("CREATE TABLE nokey (a int)", db);
      const refused = await InputRun.start(server, db, { tables: ["nokey"] })
        .then(() => undefined, (error) => error);
      assert.ok(refused instanceof RefusedStart);
      assert.match(refused.message, /nokey: no primary key/);
      assert.match(refused.message, /REPLICA IDENTITY FULL/);
      assertEquals(
        await server.sql("UPDATE nokey SET a = 1; SELECT 1", db),
        "1",
      );
    },

  "14: the publication holds exactly the tables named": async (server, db) => {
    await server.sql(ORDERS + "CREATE TABLE other (n int PRIMARY KEY)", db);
    await using _run = await InputRun.start(server, db, { tables: ["orders"] });
    assertEquals(
      await server.sql(
        "SELECT puballtables, (SELECT string_agg(tablename, ',') " +
          "FROM pg_publication_tables) FROM pg_publication",
        db,
      ),
      "f|orders",
    );
  },

  "15: a partitioned table is read as its root, new partitions too": async (
    server,
    db,
  ) => {
    await server.sql(
      "CREATE TABLE events (id int, at date, PRIMARY KEY (id, at)) " +
        "PARTITION BY RANGE (at); CREATE TABLE events_a PARTITION OF events " +
        "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); " +
        "INSERT INTO events VALUES (1, '2026-01-05')",
      db,
    );
    await using run = await InputRun.start(server, db, { tables: ["events"] });
    const [first] = await run.take(1);
    await server.sql(
      "CREATE TABLE events_b PARTITION OF events " +
        "FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); " +
        "INSERT INTO events VALUES (2, '2026-02-05')",
      db,
    );
    const [second] = await run.take(1);
    assertEquals([first.metadata.table, second.metadata.table], [
      "events",
      "events",
    ]);
    assertEquals(second.data, { id: 2, at: "2026-02-05" });
  },

  "18, 19 and 20: snapshot and stream write every type the same, exactly":
    async (server, db) => {
      await server.sql(
        `ALTER DATABASE ${db} SET TimeZone = 'Asia/Tokyo'; ` +
          `ALTER DATABASE ${db} SET IntervalStyle = 'postgres_verbose'; ` +
          `ALTER DATABASE ${db} SET xmloption = 'document'; ` +
          `ALTER DATABASE ${db} SET DateStyle = 'SQL, DMY'`,
        db,
      );
      await server.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"'); " +
          "CREATE DOMAIN cents AS numeric(10,2); " +
          "CREATE TABLE t (id int PRIMARY KEY, i8 bigint, n numeric, d cents, " +
          "f float8, b boolean, ts timestamp, tz timestamptz, da date, ti time, " +
          "iv interval, by bytea, u uuid, j json, jb jsonb, m mood, " +
          "a int[], at text[], ad timestamptz[], r int4range, x text, " +
          "mo money, am money[], xm xml, mr nummultirange)",
        db,
      );
      const row = (id: number) =>
        "SET xmloption = content; " +
        `INSERT INTO t VALUES (${id}, 9223372036854775807, ` +
        "12345678901234567890.123456789, 1.5, 'NaN', true, " +
        "'2026-03-01 09:30:15.25', '2026-03-01 09:30:15.123456+02', " +
        "'0044-03-15 BC', '23:59:59.999999', '1 year 2 mons 3 days 04:05:06', " +
        "'\\x00ff', '0b8a1d3c-0000-4000-8000-000000000001', " +
        "'{\"a\":1,\n \"a\":2}', '{\"n\":1e400}', 'it''s \"ok\"', " +
        "'{1,NULL,{3}}'::text::int[], ".replace(
          "'{1,NULL,{3}}'",
          "'{1,NULL,3}'",
        ) +
        "ARRAY['a,b', NULL, 'NULL', E'q\"\\\\'], " +
        "ARRAY['infinity'::timestamptz, '2026-01-01 00:00+00'], '[1,5)', " +
        "E'tab\\t line\\n ü \\\\ \"', '-92233720368547758.08', " +
        "'{\"$1,234.50\",NULL}', E'<a b=\"1\">\\n<!-- c --></a>tail', " +
        "'{[1.5,2),[7,)}')";
      await server.sql(row(1), db);
      await using run = await InputRun.start(server, db, { tables: ["t"] });
      const [read] = await run.take(1);
      await server.sql(row(2), db);
      const [inserted] = await run.take(1);
      assertEquals({ ...inserted.data, id: 1 }, read.data);
      const { jb, ...rest } = read.data;
      assert.ok(jb !== undefined);
      assertEquals(rest, {
        id: 1,
        i8: "9223372036854775807",
        n: "12345678901234567890.123456789",
        d: "1.50",
        f: "NaN",
        b: true,
        ts: "2026-03-01T09:30:15.25",
        tz: "2026-03-01T07:30:15.123456Z",
        da: "0044-03-15 BC",
        ti: "23:59:59.999999",
        iv: "P1Y2M3DT4H5M6S",
        by: "AP8=",
        u: "0b8a1d3c-0000-4000-8000-000000000001",
        j: { a: 2 },
        m: 'it\'s "ok"',
        a: [1, null, 3],
        at: ["a,b", null, "NULL", 'q"\\'],
        ad: ["infinity", "2026-01-01T00:00:00Z"],
        r: "[1,5)",
        x: 'tab\t line\n ü \\ "',
        mo: "-92233720368547758.08",
        am: ["1234.50", null],
        xm: '<a b="1">\n<!-- c --></a>tail',
        mr: "{[1.5,2),[7,)}",
      });
    },

  "22: a slot that is gone is told apart from a first start": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS + TEN, db);
    const config = { tables: ["orders"], follow: false };
    let state;
    {
      await using run = await InputRun.start(server, db, config);
      assertEquals((await run.all()).length, 10);
      state = run.state;
      await run.process.endsWith(0);
    }
    await server.sql(`SELECT pg_drop_replication_slot('${db}')`, db);
    await using failing = await InputRun.start(server, db, config, state);
    const failure = await failing.all().catch((error) => String(error));
    assert.match(String(failure), /is gone.*changes may be missing/);
    const goOn = { ...config, on_gap: "continue" };
    await using run = await InputRun.start(server, db, goOn, state);
    const envelopes = await run.all();
    assertEquals(envelopes.map(({ metadata }) => metadata.operation), ["gap"]);
    await run.process.endsWith(0);
    await server.sql(`SELECT pg_drop_replication_slot('${db}')`, db);
    const again = { ...config, on_gap: "snapshot" };
    await using anew = await InputRun.start(server, db, again, state);
    assertEquals((await anew.all()).length, 10);
  },

  "25: TRUNCATE is an envelope, an error or nothing, as configured": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS, db);
    for (
      const [choice, expected] of [
        ["send", "truncate"],
        ["ignore", "insert"],
        ["fail", "emptied by TRUNCATE"],
      ]
    ) {
      const config = { tables: ["orders"], truncate: choice };
      await using run = await InputRun.start(server, db, config);
      await until(
        server,
        db,
        isStreaming(db),
        "t",
      );
      await server.sql(
        "TRUNCATE orders; INSERT INTO orders VALUES (1, 'a')",
        db,
      );
      const first = await run.next().catch((error) => String(error));
      assert.match(JSON.stringify(first), new RegExp(expected));
      run.process.kill("SIGKILL");
      await until(
        server,
        db,
        isActive(db),
        "f",
      );
      await server.sql(`SELECT pg_drop_replication_slot('${db}')`, db);
      await server.sql("TRUNCATE orders", db);
    }
  },

  "16: a schema goes before the first row of a new shape, and a repeated one says nothing":
    async (server, db) => {
      await server.sql(
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE s (id bigint PRIMARY " +
          "KEY, total numeric(12,2) NOT NULL, tags text[], m mood); " +
          "INSERT INTO s VALUES (1, 1, NULL, NULL)",
        db,
      );
      await using run = await InputRun.start(server, db, { tables: ["s"] });
      await run.take(1);
      assertEquals(run.schemas, [{
        table: "s",
        key: ["id"],
        fields: [
          { name: "id", type: "int64", native: "bigint" },
          {
            name: "total",
            type: "decimal",
            precision: 12,
            scale: 2,
            native: "numeric(12,2)",
          },
          {
            name: "tags",
            type: "list",
            element: { type: "string", nullable: true },
            nullable: true,
            native: "text[]",
          },
          { name: "m", type: "string", nullable: true, native: "mood" },
        ],
      }]);
      await server.sql(
        "INSERT INTO s VALUES (2, 2); CREATE INDEX ON s (total); " +
          "INSERT INTO s VALUES (3, 3)",
        db,
      );
      await run.take(2);
      assertEquals(run.schemas.length, 1, "the stream's is the snapshot's");
      await server.sql(
        "ALTER TABLE s ADD extra date; INSERT INTO s VALUES (4, 4)",
        db,
      );
      const [last] = await run.take(1);
      assertEquals(last.data.extra, null);
      assertEquals(run.schemas.at(-1)?.fields.at(-1)?.type, "date");
    },

  "17: a table that was dropped and made anew is noticed": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS + TEN, db);
    await using run = await InputRun.start(server, db, { tables: ["orders"] });
    await run.take(10);
    await server.sql(
      "ALTER TABLE orders RENAME TO orders_old; " + ORDERS +
        `ALTER PUBLICATION ${"dstream"} ADD TABLE orders; ` +
        "INSERT INTO orders VALUES (1, 'other')",
      db,
    );
    const failure = await run.next().catch((error) => String(error));
    assert.match(String(failure), /orders is another table/);
  },

  "17: such a table is a gap where on_gap says so, and its rows are read":
    async (server, db) => {
      await server.sql(ORDERS + TEN, db);
      const config = { tables: ["orders"], on_gap: "continue" };
      const replace = (old: string) =>
        server.sql(
          `BEGIN; ALTER TABLE orders RENAME TO ${old}; ` +
            "CREATE TABLE orders (id bigint PRIMARY KEY, other int); " +
            "INSERT INTO orders VALUES (1, 1), (2, 2); " +
            "ALTER PUBLICATION dstream ADD TABLE orders; " +
            "INSERT INTO orders VALUES (3, 3); COMMIT",
          db,
        );
      let state;
      {
        await using run = await InputRun.start(server, db, config);
        await run.take(10);
        await until(server, db, isStreaming(db), "t");
        await replace("first");
        assertEquals(await operationsOf(run, 2), ["gap orders", "insert 3"]);
        assertEquals(run.schemas.at(-1)?.fields.at(-1)?.name, "other");
        await run.stop();
        state = run.state;
      }
      const reading = { ...config, on_gap: "snapshot" };
      await using run = await InputRun.start(server, db, reading, state);
      await until(server, db, isStreaming(db), "t");
      await server.sql("INSERT INTO orders VALUES (4, 4)", db);
      assertEquals(await operationsOf(run, 1), ["insert 4"], "it is known");
      await replace("second");
      assertEquals((await operationsOf(run, 5)).sort(), [
        "gap orders",
        "insert 3",
        "read 1",
        "read 2",
        "read 3",
      ]);
      await server.sql(
        "SELECT pg_logical_emit_message(true, 'dstream.read', 'orders')",
        db,
      );
      assertEquals(
        await operationsOf(run, 3),
        ["read 1", "read 2", "read 3"],
        "a wish means the table that is there now",
      );
    },

  "messages of pg_logical_emit_message become envelopes by their prefix":
    async (server, db) => {
      await server.sql(ORDERS, db);
      const config = { tables: ["orders"], messages: ["outbox.*"] };
      await using run = await InputRun.start(server, db, config);
      await until(
        server,
        db,
        isStreaming(db),
        "t",
      );
      await server.sql(
        "SELECT pg_logical_emit_message(true, 'other', 'x'); " +
          `SELECT pg_logical_emit_message(true, 'outbox.mail', '{"to":1}'); ` +
          "SELECT pg_logical_emit_message(false, 'outbox.text', 'no json')",
        db,
      );
      // What is not transactional does not wait for the commit.
      const [text, mail] = await run.take(2);
      assertEquals(mail.data, { to: 1 });
      assertEquals(mail.metadata.prefix, "outbox.mail");
      assertEquals<unknown>(text.data, "no json");
    },

  "a publication's row filter holds for the rows that are read, too": async (
    server,
    db,
  ) => {
    await server.sql(
      "CREATE TABLE f (id int PRIMARY KEY, region text, n int); " +
        "ALTER TABLE f REPLICA IDENTITY FULL; CREATE TABLE g (id int PRIMARY KEY);" +
        "INSERT INTO f VALUES (1, 'eu', 0), (2, 'us', 0), (3, NULL, 0), (4, 'eu', 0);" +
        "INSERT INTO g VALUES (9); CREATE PUBLICATION dstream FOR TABLE g, " +
        "f WHERE (region = 'eu') WITH (publish_via_partition_root = true); " +
        "CREATE TABLE h (id int PRIMARY KEY, n int); " +
        "CREATE PUBLICATION narrow FOR TABLE f WHERE (n > 0), h WHERE (n > 0)",
      db,
    );
    const plan = async (publication: string, tables: string[]) =>
      (await ask("plan", server, db, { publication, tables }))?.message;
    const told = String(await plan("dstream", ["f", "g"]));
    assert.match(told, /of f only rows where .*eu.* moves out comes as a del/);
    assert.doesNotMatch(told, /of g|fails/);
    assert.match(
      String(await plan("narrow", ["f", "h"])),
      /UPDATE and DELETE of h fails .* names n, .*ALTER TABLE .*h.* FULL$/,
    );
    await using run = await InputRun.start(server, db, { tables: ["f", "g"] });
    const seen = (envelopes: Received[]) =>
      envelopes.map(({ data, metadata }) => `${metadata.operation} ${data.id}`)
        .sort();
    assertEquals(seen(await run.take(3)), ["read 1", "read 4", "read 9"]);
    await until(server, db, isStreaming(db), "t");
    await server.sql(
      "INSERT INTO f VALUES (5, 'us', 0), (6, 'eu', 0); " +
        "UPDATE f SET region = 'us' WHERE id = 1; " + // leaves
        "UPDATE f SET region = 'eu' WHERE id = 2", // enters
      db,
    );
    assertEquals(seen(await run.take(3)), ["delete 1", "insert 2", "insert 6"]);
    await server.sql(
      "SELECT pg_logical_emit_message(true, 'dstream.read', 'f')",
      db,
    );
    assertEquals(seen(await run.take(3)), ["read 2", "read 4", "read 6"]);
  },

  "row_filters go into the publication, and follow the config": async (
    server,
    db,
  ) => {
    await server.sql(
      "CREATE TABLE f (id int PRIMARY KEY, region text, n int); " +
        "ALTER TABLE f REPLICA IDENTITY FULL; CREATE TABLE g (id int PRIMARY KEY);" +
        "INSERT INTO f VALUES (1, 'eu', 0), (2, 'us', 0), (3, 'as', 0); " +
        "INSERT INTO g VALUES (9)",
      db,
    );
    const config = (filter: string) => ({
      tables: ["f", "g"],
      row_filters: { f: filter },
      follow: false,
    });
    const seen = (envelopes: Received[]) =>
      envelopes.map(({ data, metadata }) => `${metadata.operation} ${data.id}`)
        .sort();
    const first = config("region IN ('eu', 'us')");
    let state;
    {
      await using run = await InputRun.start(server, db, first);
      assertEquals(seen(await run.all()), ["read 1", "read 2", "read 9"]);
      state = run.state;
      await run.process.endsWith(0);
    }
    const planned = resourceOf(
      await ask("plan", server, db, first),
      "publication",
    );
    assertEquals(planned.action, "none", "the server spells it otherwise");
    await server.sql("INSERT INTO f VALUES (4, 'us', 0), (5, 'as', 0)", db);
    const second = config("region = 'as'");
    const changed = resourceOf(
      await ask("plan", server, db, second),
      "publication",
    );
    assert.match(
      String(changed.statement),
      /DROP TABLE .*f"?; ALTER .* ADD TABLE .*f"? WHERE \(region = 'as'\)$/,
    );
    await ask("init", server, db, second);
    await server.sql("INSERT INTO f VALUES (6, 'us', 0), (7, 'as', 0)", db);
    {
      await using run = await InputRun.start(server, db, second, state);
      // What was written before the publication changed was chosen before.
      assertEquals(seen(await run.all()), ["insert 4", "insert 7"]);
      await run.process.endsWith(0);
    }
    const only = { ...second, snapshot: "only" };
    await using rows = await InputRun.start(server, db, only);
    assertEquals(seen(await rows.all()), [
      "read 3",
      "read 5",
      "read 7",
      "read 9",
    ]);
    await assert.rejects(
      ask("plan", server, db, config("nothing = 1")),
      /condition for f is not accepted: .*nothing/,
    );
    await server.sql("ALTER TABLE f REPLICA IDENTITY DEFAULT", db);
    await assert.rejects(
      ask("plan", server, db, config("n > 0")),
      /condition for f names n, which the replica identity lacks/,
    );
  },

  "a stopped run confirms what was acknowledged, and goes on there": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS + TEN, db);
    let state;
    {
      await using run = await InputRun.start(server, db, {
        tables: ["orders"],
      });
      await run.take(10);
      await server.sql("INSERT INTO orders VALUES (11, 'a')", db);
      await run.take(1);
      await run.stop();
      state = run.state;
    }
    await server.sql("INSERT INTO orders VALUES (12, 'b')", db);
    const config = { tables: ["orders"], follow: false };
    await using run = await InputRun.start(server, db, config, state);
    assertEquals((await run.all()).map(({ data }) => data.id), [12]);
  },

  "columns are left out and masked, in the snapshot and the stream": async (
    server,
    db,
  ) => {
    await server.sql(
      "CREATE TABLE c (id int PRIMARY KEY, mail text, photo text); " +
        "INSERT INTO c VALUES (1, 'a@b', 'x')",
      db,
    );
    const columns = { c: { exclude: ["photo"], mask: ["mail"] } };
    const config = { tables: ["c"], columns };
    await using run = await InputRun.start(server, db, config);
    const [read] = await run.take(1);
    await server.sql("INSERT INTO c VALUES (2, 'c@d', 'y')", db);
    const [inserted] = await run.take(1);
    assertEquals(read.data, { id: 1, mail: "***" });
    assertEquals(inserted.data, { id: 2, mail: "***" });
  },
});
