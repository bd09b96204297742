import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { declaration, keyValue, selectItem } from "../encode/column_sql.ts";
import { serverProblem, toFacts } from "../connection/server_facts.ts";
import { quoteName, quoteText } from "../statements/sql_text.ts";
import { lockName } from "../locks/table_lock.ts";
import { matches, parseTablePattern } from "./table_names.ts";

Deno.test("a table's name or pattern means the right tables", async (t) => {
  const cases: [string, string, boolean][] = [
    ["orders", "dbo.orders", true],
    ["orders", "sales.orders", false],
    ["dbo.orders", "dbo.orders", true],
    ["DBO.Orders", "dbo.orders", true],
    ["sales.*", "sales.orders", true],
    ["sales.*", "salesx.orders", false],
    ["*.orders", "sales.orders", true],
    ["*", "dbo.anything", true],
    ["*", "sales.orders", false],
    ["ord*s", "dbo.orders", true],
    ["a.b+c", "a.b+c", true],
    ["[my schema].[a table]", "my schema.a table", true],
    ["[x]]y]", "dbo.x]y", true],
  ];
  for (const [text, name, expected] of cases) {
    await t.step(`${text} and ${name}`, () => {
      const [schemaName, tableName] = name.split(/\.(.*)/s);
      const pattern = parseTablePattern(text)!;
      assertEquals(matches(pattern, { schemaName, tableName }), expected);
    });
  }
});

Deno.test("what is no table's name is refused", async (t) => {
  for (const text of ["", " ", "a.b.c", "a.", ".a", "[a", "a]b", "[a]b"]) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(parseTablePattern(text), undefined);
    });
  }
});

Deno.test("names and texts can't leave their quotes", () => {
  assertEquals(quoteName("a]; DROP TABLE b--"), "[a]]; DROP TABLE b--]");
  assertEquals(quoteText("it's"), "N'it''s'");
});

const column = (typeName: string, maxLengthBytes = 8) => ({
  name: "a]b",
  typeName,
  maxLengthBytes,
  precision: 18,
  scale: 4,
  ordinal: 1,
  isComputed: false,
});

Deno.test("what the driver would lose is selected as text, with its style", async (t) => {
  const cases = [
    [column("int"), "c.[a]]b]"],
    [column("decimal"), "CONVERT(nvarchar(41), c.[a]]b]) AS [a]]b]"],
    [column("money"), "CONVERT(nvarchar(30), c.[a]]b], 2) AS [a]]b]"],
    [
      column("datetimeoffset"),
      "CONVERT(nvarchar(34), c.[a]]b], 121) AS [a]]b]",
    ],
    [column("varchar", 20), "CONVERT(nvarchar(20), c.[a]]b]) AS [a]]b]"],
    [column("varchar", 5000), "CONVERT(nvarchar(max), c.[a]]b]) AS [a]]b]"],
    [column("varchar", -1), "CONVERT(nvarchar(max), c.[a]]b]) AS [a]]b]"],
    [column("nvarchar", -1), "c.[a]]b]"],
    [column("hierarchyid"), "c.[a]]b].ToString() AS [a]]b]"],
    [column("vector"), "CONVERT(nvarchar(max), c.[a]]b]) AS [a]]b]"],
  ] as const;
  for (const [one, expected] of cases) {
    await t.step(`${one.typeName} of ${one.maxLengthBytes} bytes`, () => {
      assertEquals(selectItem(one, "c"), expected);
    });
  }
});

Deno.test("a key's text comes back in the column's own type and collation", async (t) => {
  const cases = [
    [column("decimal"), null, "CONVERT(decimal(18, 4), @key0)"],
    [column("nvarchar", 40), null, "CONVERT(nvarchar(20), @key0)"],
    [column("datetime2"), null, "CONVERT(datetime2(4), @key0, 121)"],
    [
      column("varchar", 9),
      "Greek_CI_AS",
      "CONVERT(varchar(9), @key0 COLLATE Greek_CI_AS)",
    ],
    [column("timestamp"), null, "CONVERT(binary(8), @key0, 2)"],
  ] as const;
  for (const [one, collation, expected] of cases) {
    await t.step(declaration(one), () => {
      assertEquals(keyValue({ ...one, collation }, "@key0"), expected);
    });
  }
});

Deno.test("a lock's name has the server, the database and what tells readers apart", async (t) => {
  const usual = {
    server: "DB.example.com",
    serverName: "SQL1\\A",
    hostName: "Host",
    database: "shop",
    consumer: undefined,
    table: { schemaName: "dbo", tableName: "orders" },
  };
  const sales = { schemaName: "sales", tableName: "orders" };
  const cases = [
    [{}, "database", "db.example.com/shop/orders.lock"],
    [{ table: sales }, "database", "db.example.com/shop/sales.orders.lock"],
    [{ consumer: "w" }, "database", "db.example.com/shop/orders@w.lock"],
    [{ server: "127.0.0.1" }, "database", "sql1-a/shop/orders.lock"],
    [{}, "upstream", "db.example.com/orders.lock"],
    [{ server: "localhost" }, "upstream", "host/orders.lock"],
  ] as const;
  for (const [differs, names, expected] of cases) {
    await t.step(expected, () => {
      assertEquals(lockName({ ...usual, ...differs }, names), expected);
    });
  }
});

Deno.test("serverProblem() says what keeps a server from being read", async (t) => {
  const usual = {
    server_name: "S",
    database_name: "shop",
    user_name: "u",
    major_version: 16,
    engine_edition: 3,
    is_cdc_enabled: true,
    snapshot_isolation_state: 1,
    is_read_committed_snapshot_on: false,
    updateability: "READ_WRITE",
    may_select_cdc: 1,
    offset_minutes: 0,
  };
  const cases = [
    ["nothing", {}, undefined],
    ["2016", { major_version: 13 }, undefined],
    ["2014", { major_version: 12 }, /2016 or later/],
    ["Azure SQL Database", { major_version: 12, engine_edition: 5 }, undefined],
    ["a managed instance", { major_version: 12, engine_edition: 8 }, undefined],
    ["no CDC", { is_cdc_enabled: false, may_select_cdc: null }, /not enabled/],
    ["no rights", { may_select_cdc: 0 }, /may not read the schema cdc/],
  ] as const;
  for (const [name, differs, expected] of cases) {
    await t.step(name, () => {
      const problem = serverProblem(toFacts({ ...usual, ...differs }));
      if (expected === undefined) assertEquals(problem, undefined);
      else assert.match(problem!.message, expected);
    });
  }
});
