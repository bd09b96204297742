/**
 * The test server, asked by clients that nobody here wrote: python-tds, and pymssql
 * over FreeTDS. What they read agrees with what was meant, or the server is wrong.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import type { SqlValue } from "../support/tds/column_type.ts";
import { TdsServer } from "../support/tds/server.ts";

const SCRIPT = fileURLToPath(
  new URL("./clients/read_types.py", import.meta.url),
);
const GUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
const LONG = "grüße".repeat(3000);

/** A type, what is sent, and what Python shows of it. */
const CASES: readonly (readonly [string, SqlValue, string])[] = [
  ["bit", true, "True"],
  ["tinyint", 255, "255"],
  ["smallint", -32768, "-32768"],
  ["int", -2147483648, "-2147483648"],
  ["bigint", 9223372036854775807n, "9223372036854775807"],
  ["decimal(9,2)", "-1234567.89", "-1234567.89"],
  [
    "decimal(38,10)",
    "1234567890123456789012345678.0123456789",
    "1234567890123456789012345678.0123456789",
  ],
  ["money", "-922337203685.4775", "-922337203685.4775"],
  ["smallmoney", "214748.3647", "214748.3647"],
  ["real", 1.5, "1.5"],
  ["float", 0.1, "0.1"],
  ["date", "2024-02-29", "2024-02-29"],
  ["time(3)", "12:34:56.789", "12:34:56.789000"],
  ["datetime", "2024-02-29 12:34:56.500", "2024-02-29 12:34:56.500000"],
  // Rounded to 300ths, and to minutes: never 24:00.
  ["datetime", "2024-02-29 23:59:59.999", "2024-03-01 00:00:00"],
  ["smalldatetime", "2024-02-29 23:59:31", "2024-03-01 00:00:00"],
  [
    "datetime2(6)",
    "2024-02-29 12:34:56.123456",
    "2024-02-29 12:34:56.123456",
  ],
  ["datetime2(0)", "2024-12-31 23:59:59.6", "2025-01-01 00:00:00"],
  ["char(5)", "ab", "ab   "],
  ["varchar(20)", "Grüße €", "Grüße €"],
  ["nvarchar(20)", "日本🙂", "日本🙂"],
  ["varchar(max)", LONG, LONG],
  ["nvarchar(max)", LONG, LONG],
  ["varbinary(10)", new Uint8Array([0, 255]), "0x00ff"],
  [
    "varbinary(max)",
    new Uint8Array(70_000).fill(7),
    "0x" + "07".repeat(70_000),
  ],
  ["uniqueidentifier", GUID, GUID],
  ["text", "Grüße", "Grüße"],
  ["ntext", "日本", "日本"],
  ["xml", "<a>ü</a>", "<a>ü</a>"],
  ["nvarchar(20)", null, "None"],
];

for (const client of ["python-tds", "pymssql"]) {
  Deno.test({
    name: `${client} reads every type as it was meant`,
    ignore: !needs("tds-clients"),
    fn: async () => {
      const faults: unknown[] = [];
      await using server = new TdsServer({
        users: { sa: "secret" },
        onFault: (error) => faults.push(error),
        handler: ({ sql }) => {
          if (sql.startsWith("UPDATE")) return [{ affected: 3 }];
          const at = /^SELECT type (\d+)/.exec(sql)?.[1];
          if (at === undefined) return [];
          const [type, sent] = CASES[Number(at)];
          return [{ columns: [{ name: "v", type }], rows: [[sent]] }];
        },
      });
      const { success, stdout, stderr } = await new Deno.Command(
        pythonOf("tds-clients"),
        { args: [SCRIPT, client, `${server.port}`, `${CASES.length}`] },
      ).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const lines = new TextDecoder().decode(stdout).trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      assertEquals(lines.pop(), "3", "the update's count");
      const seen = lines.map((value, i) => [CASES[i][0], value]);
      assertEquals(seen, CASES.map(([type, , shown]) => [type, shown]));
      assertEquals(faults, []);
    },
  });
}
