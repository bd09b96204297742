/** What topics are called. */

import { assertEquals } from "../../tests/support/assert.ts";
import { plainTable, type SourceDatabase, topicOf } from "./destination.ts";

const db: SourceDatabase = { server: "server", database: "db" };

Deno.test("a topic is called server.database.table.events", async (t) => {
  const cases: readonly [string, SourceDatabase, string, string][] = [
    ["a table without a schema", db, "Persons", "server.db.Persons.events"],
    ["dbo is left out", db, "dbo.Persons", "server.db.Persons.events"],
    ["dbo in brackets too", db, "[DBO].[Persons]", "server.db.Persons.events"],
    [
      "another schema stays",
      db,
      "sales.Orders",
      "server.db.sales.Orders.events",
    ],
    [
      "no brackets stay",
      db,
      "[sales].[Orders]",
      "server.db.sales.Orders.events",
    ],
    [
      "protocol and port are taken off",
      { ...db, server: "tcp:db.example.com,1433" },
      "T",
      "db.example.com.db.T.events",
    ],
    [
      "a backslash is taken off",
      { ...db, server: "host\\one" },
      "T",
      "host-one.db.T.events",
    ],
    [
      "two instances of a host have two names",
      { ...db, server: "host", instanceName: "two" },
      "T",
      "host-two.db.T.events",
    ],
    [
      "what the service forbids becomes a hyphen",
      { server: "[::1]", database: "my db" },
      "[Order Lines #1]",
      "1.my-db.Order-Lines-1.events",
    ],
    [
      "letters of other scripts are forbidden",
      db,
      "Größe",
      "server.db.Gr-e.events",
    ],
    ["slashes would make folders", db, "a/b", "server.db.a-b.events"],
  ];
  for (const [name, source, table, expected] of cases) {
    await t.step(name, () => {
      assertEquals(topicOf(source, table), { name: expected });
    });
  }
});

Deno.test("a name that is too long is a problem that says how long", () => {
  const { problem } = topicOf(db, "t".repeat(260));
  assertEquals(problem?.includes("277 characters; 260 are possible"), true);
});

Deno.test("only a leading dbo is left out", () => {
  assertEquals(plainTable("dbox.T"), "dbox.T");
  assertEquals(plainTable("sales.dbo"), "sales.dbo");
});
