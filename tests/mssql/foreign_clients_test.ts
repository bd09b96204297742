/**
 * The test server, asked by clients that nobody here wrote: python-tds, pymssql over
 * FreeTDS, go-mssqldb and mssql-jdbc. What they read agrees with what was meant, or
 * the server is wrong.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { goModuleBinary } from "../../scripts/setup/go.ts";
import { goClients } from "../../scripts/setup/groups.ts";
import { JDBC_JAR } from "../../scripts/setup/jdbc.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import type { AnswerPart } from "../support/tds/answer.ts";
import type { SqlValue } from "../support/tds/column_type.ts";
import { SqlServerError } from "../support/tds/errors.ts";
import { TdsServer, type TdsServerOptions } from "../support/tds/server.ts";
import { makeTestIdentity } from "../support/tds/test_identity.ts";

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

/** What is asked of the server, and what each client says of the answer. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "count": "3",
  "parameters": '[7,"grüße",null,"0x01ff"]',
  "prepared": "[0] [1]",
  "transactions": "done",
  "error": "2627 Violation of PRIMARY KEY constraint 'PK'.",
  "several results": "1 2",
  "cancel": "usable",
};

/** A client that nobody here wrote. */
interface ForeignClient {
  readonly name: string;
  /** The group of `deno task setup` that brings it. */
  readonly group: string;
  /** Operations its makers didn't give it; docs/development.md says why. */
  readonly lacks?: readonly string[];
  /** What it says otherwise. */
  readonly says?: Readonly<Record<string, string>>;
  /** How it says when transactions begin and end; undefined: as text. */
  readonly transactions?: readonly string[];
  command(
    port: number,
    certificate?: string,
  ): { readonly program: string; readonly args: readonly string[] };
}

const here = (name: string) =>
  fileURLToPath(new URL(`./clients/${name}`, import.meta.url));
const COUNT = `${CASES.length}`;

const CLIENTS: readonly ForeignClient[] = [
  ...["python-tds", "pymssql"].map((name): ForeignClient => ({
    name,
    group: "tds-clients",
    lacks: [
      "prepared",
      "cancel",
      ...(name === "pymssql" ? ["parameters"] : []),
    ],
    ...(name === "python-tds" && {
      transactions: ["begin", "commit", "begin", "rollback"],
      // NULL it writes into the text.
      says: { parameters: '[7,"grüße","0x01ff"]' },
    }),
    command: (port, certificate) => ({
      program: pythonOf("tds-clients"),
      args: [
        here("read_types.py"),
        name,
        `${port}`,
        COUNT,
        ...certificate ? [certificate] : [],
      ],
    }),
  })),
  {
    name: "go-mssqldb",
    group: "go-clients",
    transactions: ["begin", "commit", "begin", "rollback"],
    command: (port, certificate) => ({
      program: goModuleBinary(goClients),
      args: [
        "sqlserver",
        `${port}`,
        COUNT,
        ...certificate ? [certificate] : [],
      ],
    }),
  },
  {
    name: "mssql-jdbc",
    group: "jdbc",
    command: (port, certificate) => ({
      program: "java",
      args: [
        "-cp",
        JDBC_JAR,
        here("Types.java"),
        `${port}`,
        COUNT,
        ...certificate ? [certificate] : [],
      ],
    }),
  },
];

/** A server that answers what the clients ask, and what went wrong in it. */
function startServer(
  steps: string[],
  faults: unknown[],
  more: Partial<TdsServerOptions> = {},
): TdsServer {
  const number = (n: number): AnswerPart => ({
    columns: [{ name: "n", type: "int" }],
    rows: [[n]],
  });
  return new TdsServer({
    users: { sa: "secret" },
    onFault: (error) => faults.push(error),
    onTransaction: (step) => steps.push(step),
    ...more,
    handler: async ({ sql, params, signal }) => {
      if (sql.startsWith("UPDATE")) return [{ affected: 3 }];
      if (sql === "SELECT twice") return [number(1), number(2)];
      if (sql === "SELECT FAIL") {
        const message = "Violation of PRIMARY KEY constraint 'PK'.";
        throw new SqlServerError({ number: 2627, severity: 14, message });
      }
      if (sql === "WAITFOR DELAY 1") {
        await new Promise((end) => signal.addEventListener("abort", end));
        return [];
      }
      if (sql.startsWith("SELECT parameters")) {
        const text = JSON.stringify(Object.values(params).map(jsonOf));
        const columns = [{ name: "v", type: "nvarchar(100)" }];
        return [{ columns, rows: [[text]] }];
      }
      const at = /^SELECT type (\d+)/.exec(sql)?.[1];
      if (at === undefined) return [];
      const [type, sent] = CASES[Number(at)];
      return [{ columns: [{ name: "v", type }], rows: [[sent]] }];
    },
  });
}

function jsonOf(value: SqlValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (!(value instanceof Uint8Array)) return value;
  return `0x${value.toHex()}`;
}

/** Some show the zeros at the end of a fraction, some don't. */
function withoutZeros(type: string, shown: string): string {
  if (!/date|time/.test(type)) return shown;
  return shown.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

async function certificateFile(certificate: string) {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(path, certificate);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

/** What a client says of the table and of the operations. */
async function run(
  client: ForeignClient,
  port: number,
  certificate?: string,
): Promise<{ types: unknown[][]; operations: Record<string, string> }> {
  await using file = certificate === undefined
    ? undefined
    : await certificateFile(certificate);
  const { program, args } = client.command(port, file?.path);
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    signal: AbortSignal.timeout(120_000),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const types = lines.slice(0, CASES.length)
    .map((shown, i) => [CASES[i][0], withoutZeros(CASES[i][0], shown)]);
  return { types, operations: Object.fromEntries(lines.slice(CASES.length)) };
}

const MEANT = CASES.map((
  [type, , shown],
) => [type, withoutZeros(type, shown)]);

for (const client of CLIENTS) {
  const lacks = new Set(client.lacks);
  const ways = client.name === "python-tds" ? ["plain"] : ["plain", "TLS"];
  for (const way of ways) {
    Deno.test({
      name: `${client.name} reads every type and does each operation (${way})`,
      ignore: !needs(client.group),
      fn: async () => {
        const [steps, faults]: [string[], unknown[]] = [[], []];
        const tls = way === "TLS" ? await makeTestIdentity() : undefined;
        await using server = startServer(
          steps,
          faults,
          tls && { tls, encryption: "required" },
        );
        const { types, operations } = await run(client, server.port, tls?.cert);
        assertEquals(types, MEANT);
        const able = Object.entries(OPERATIONS)
          .filter(([key]) => !lacks.has(key));
        const says = { ...Object.fromEntries(able), ...client.says };
        assertEquals(operations, says);
        assertEquals(steps, client.transactions ?? []);
        assertEquals(faults, []);
      },
    });
  }
}
