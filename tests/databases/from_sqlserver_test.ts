/**
 * The same changes from the SQL Server model into Postgres and into MariaDB, while
 * the outputs and the CLI are killed: both end as the model is.
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import type { ModelColumn } from "../support/mssql_model/model_column.ts";
import { Model } from "../support/mssql_model/model.ts";
import type { RowValues } from "../support/mssql_model/table.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { startMariaDb } from "../support/servers/mariadb.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";

const TRANSACTIONS = 3000;
const KILLS = 4;
const LOOK_MS = 20;
const IDS = 300;

const COLUMNS: readonly ModelColumn[] = [
  { name: "id", type: "bigint" },
  { name: "part", type: "nvarchar(20)" },
  { name: "name", type: "nvarchar(50)" },
  { name: "total", type: "decimal(12,2)" },
  { name: "made", type: "datetime2(3)" },
  { name: "flag", type: "bit" },
  { name: "raw", type: "varbinary(20)" },
];
const TABLES = ["orders", "parts"];

/** A database at the end of the way. */
interface Destination {
  /** Where the source keeps how far it was read for this one. */
  readonly offsets: string;
  readonly block: string;
  sql(text: string): Promise<string>;
  /** All of a row in one text. */
  readonly row: string;
}

if (needs("postgres") && needs("mariadb")) {
  Deno.test("the same changes of SQL Server end equal in Postgres and MariaDB", async () => {
    await using model = new Model();
    work(model);
    await using postgres = await startPostgres();
    await using mariadb = await startMariaDb();
    await copy(model, {
      offsets: "dbo.read_by_postgres",
      block: `provider = "postgres"\nconfig {\nconnection_string = ` +
        JSON.stringify(postgres.url),
      sql: (text) => postgres.sql(text),
      row: "concat_ws('|', id, part, coalesce(name, '-'), " +
        "coalesce(total::text, '-'), to_char(made, 'YYYY-MM-DD HH24:MI:SS.MS')" +
        ", flag::int, upper(encode(raw, 'hex')))",
    });
    await copy(model, {
      offsets: "dbo.read_by_mariadb",
      block: `provider = "mysql"\nconfig {\nconnection_string = ` +
        JSON.stringify(mariadb.url),
      sql: (text) => mariadb.sql(text),
      row: "concat_ws('|', id, part, coalesce(name, '-'), " +
        "coalesce(total, '-'), made, flag, hex(raw))",
    });
    model.expectNoFaults();
  });
}

/** Transactions of all kinds, keys that change among them. */
function work(model: Model): void {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = randomFrom(seed);
  const shop = model.database("shop");
  shop.enableCdc();
  for (const table of TABLES) {
    shop.createTable(table, COLUMNS, ["id", "part"]);
    shop.enableTable(table);
  }
  const below = (end: number) => Math.floor(random() * end);
  for (let step = 0; step < TRANSACTIONS; step++) {
    const touched = new Set<string>(); // the model shows what is committed
    shop.transaction((transaction) => {
      for (let some = below(4); some >= 0; some--) {
        const table = TABLES[below(TABLES.length)];
        const rows = shop.table(table);
        const key = { id: BigInt(below(IDS)), part: `p${below(2)}` };
        const id = `${table} ${key.id} ${key.part}`;
        if (touched.has(id)) continue;
        touched.add(id);
        const isThere = rows.find(key) !== undefined;
        if (!isThere) {
          transaction.insert(table, { ...key, ...values(step, below) });
        } else if (below(4) === 0) transaction.delete(table, key);
        else if (below(6) === 0) moveRow(model, transaction, table, key, step);
        else transaction.update(table, key, values(step, below));
      }
    });
  }
}

function moveRow(
  model: Model,
  transaction: Parameters<
    Parameters<ReturnType<Model["database"]>["transaction"]>[0]
  >[0],
  table: string,
  key: RowValues,
  step: number,
): void {
  const row = model.database("shop").table(table).find(key)!;
  transaction.delete(table, key);
  transaction.insert(table, { ...row, id: BigInt(IDS + step) });
}

function values(step: number, below: (end: number) => number): RowValues {
  return {
    name: below(5) === 0 ? null : `ö'"\\ ${step}`,
    total: below(5) === 0 ? null : `${step}.${10 + below(90)}`,
    made: `2026-01-02 03:04:05.${100 + below(900)}`,
    flag: below(2) === 0,
    raw: Uint8Array.of(below(256), 0, step % 256),
  };
}

async function copy(model: Model, destination: Destination): Promise<void> {
  await using folder = await TempFolder.make();
  await folder.write("dstream.hcl", configuration(model, destination));
  const counted = async () =>
    Number(await destination.sql("SELECT count(*) FROM orders").catch(() => 0));
  const start = () =>
    startDstream(["run", "t", "--log-level", "debug", "--log-format", "json"], {
      cwd: folder.path,
      timeoutMs: 240_000,
    });
  let run = start();
  let isOver = false;
  for (let kill = 1; kill <= KILLS && !isOver; kill++) {
    while (!isOver && await counted() < kill * 20) {
      isOver = await Promise.race([run.finished.then(() => true), later()]);
    }
    const pid = kill % 2 === 1 ? livingPid(run.stderr, "output") : undefined;
    if (pid !== undefined) tryKill(pid);
    else if (!isOver) {
      run.kill("SIGKILL");
      await run.finished.catch(() => {});
      run = start();
    }
  }
  const { code, stderr } = await run.finished;
  assertEquals(code, 0, stderr.slice(-2000));
  for (const table of TABLES) {
    const text = await destination.sql(
      `SELECT ${destination.row} FROM ${table} ORDER BY id, part`,
    );
    const expected = model.database("shop").table(table).sortedRows().map(
      shown,
    );
    // The client of MariaDB writes a backslash as two.
    assertEquals(text.replaceAll("\\\\", "\\").split("\n"), expected);
  }
}

function later(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS, false));
}

function shown(row: RowValues): string {
  const { id, part, name, total, made, flag, raw } = row;
  return [
    id,
    part,
    name ?? "-",
    total ?? "-",
    made,
    flag ? 1 : 0,
    (raw as Uint8Array).toHex().toUpperCase(),
  ].join("|");
}

function configuration(model: Model, { block, offsets }: Destination): string {
  return `task "t" {
  input {
    provider = "mssql"
    config {
      db_connection_string = ${
    JSON.stringify(`${model.connectionString};Encrypt=false`)
  }
      tables = ["dbo.orders", "dbo.parts"]
      follow = false
      offsets_table = "${offsets}"
    }
  }
  output {
    ${block}
    }
  }
  restart {
    max_restarts  = 100
    initial_delay = "20ms"
    max_delay     = "100ms"
  }
}
`;
}
