/**
 * A test's database on a real server; dropped when the test is over.
 *
 * Its login has to be sysadmin. The capture job is stopped, and the log is read by
 * hand after each transaction, so that a test knows what is captured.
 *
 * @module
 */

import { parseConnectionString } from "../../../providers/mssql/input/connection/connection_string.ts";
import { openSession } from "../../../providers/mssql/input/connection/open_session.ts";
import type { Session } from "../../../providers/mssql/input/connection/session.ts";
import {
  quoteName,
  quotePath,
  quoteText,
} from "../../../providers/mssql/input/statements/sql_text.ts";
import type { SqlValue } from "../../support/tds/column_type.ts";
import type { ModelColumn } from "../../support/mssql_model/model_column.ts";
import type { RowValues } from "../../support/mssql_model/table.ts";
import type { TestChange, TestDatabase, TestOffset } from "./test_database.ts";

const never = new AbortController().signal;

/** A table that no test reads: a change of it makes a newer LSN. */
const MARKS = "dstream_test_marks";

/** A database `dstream_test_…` on the server that the environment names. */
export class ServerTestDatabase implements TestDatabase {
  readonly model = undefined;
  readonly #tables = new Map<string, Map<string, string>>();

  private constructor(
    readonly connectionString: string,
    readonly name: string,
    readonly session: Session,
  ) {}

  /** @param url A connection string without a database. */
  static async create(url: string): Promise<ServerTestDatabase> {
    const name = `dstream_test_${crypto.randomUUID().slice(0, 8)}`;
    const target = parseConnectionString(url);
    const session = await openSession(target, { isReadOnly: false }, never);
    const separator = url.includes("://")
      ? (url.includes("?") ? "&" : "?")
      : ";";
    const database = new ServerTestDatabase(
      `${url}${separator}database=${name}`,
      name,
      session,
    );
    await database.#run(`CREATE DATABASE ${quoteName(name)}`);
    await database.#run(
      `ALTER DATABASE ${quoteName(name)} SET ALLOW_SNAPSHOT_ISOLATION ON`,
    );
    await database.#run(`USE ${quoteName(name)}`);
    await database.#run("EXEC sys.sp_cdc_enable_db");
    await database.createTable(MARKS, [{ name: "id", type: "int" }], []);
    await database.enableTable(MARKS);
    return database;
  }

  async createTable(
    path: string,
    columns: readonly ModelColumn[],
    key: readonly string[],
  ): Promise<void> {
    const types = columns.map(({ name, type }) => [name, type] as const);
    this.#tables.set(path, new Map(types));
    const [schema] = partsOf(path);
    if (schema !== "dbo") {
      await this.#run(
        `IF SCHEMA_ID(${quoteText(schema)}) IS NULL EXEC(N'CREATE SCHEMA ${
          quoteName(schema)
        }')`,
      );
    }
    const all = [
      ...columns.map(declare),
      ...(key.length === 0
        ? []
        : [`PRIMARY KEY (${key.map(quoteName).join(", ")})`]),
    ];
    await this.#run(`CREATE TABLE ${quotedPath(path)} (${all.join(", ")})`);
  }

  async addColumn(path: string, column: ModelColumn): Promise<void> {
    this.#tables.get(path)?.set(column.name, column.type);
    await this.#run(`ALTER TABLE ${quotedPath(path)} ADD ${declare(column)}`);
  }

  async alterColumn(path: string, column: ModelColumn): Promise<void> {
    this.#tables.get(path)?.set(column.name, column.type);
    await this.#run(
      `ALTER TABLE ${quotedPath(path)} ALTER COLUMN ${declare(column)}`,
    );
    await this.#scan();
  }

  async dropColumn(path: string, name: string): Promise<void> {
    this.#tables.get(path)?.delete(name);
    await this.#run(
      `ALTER TABLE ${quotedPath(path)} DROP COLUMN ${quoteName(name)}`,
    );
    await this.#scan();
  }

  async enableTable(path: string, name?: string): Promise<void> {
    const [schema, table] = partsOf(path);
    const instance = name === undefined
      ? ""
      : `, @capture_instance = ${quoteText(name)}`;
    await this.#run(
      `EXEC sys.sp_cdc_enable_table @source_schema = ${quoteText(schema)}, ` +
        `@source_name = ${quoteText(table)}, @role_name = NULL${instance}`,
    );
    await this.#run("EXEC sys.sp_cdc_stop_job @job_type = N'capture'")
      .catch(() => {});
    await this.#scan();
  }

  async disableInstance(path: string, name: string): Promise<void> {
    const [schema, table] = partsOf(path);
    await this.#run(
      `EXEC sys.sp_cdc_disable_table @source_schema = ${quoteText(schema)}, ` +
        `@source_name = ${quoteText(table)}, ` +
        `@capture_instance = ${quoteText(name)}`,
    );
  }

  async apply(...changes: readonly TestChange[]): Promise<void> {
    const statements = changes.map((one) => toStatement(one, this.#tables));
    await this.#run(`BEGIN TRAN; ${statements.join("; ")}; COMMIT`);
    await this.#scan();
  }

  async cleanUp(instance: string, lowWaterMark?: string): Promise<void> {
    // Rows of the mark's own LSN stay, so what is to go needs a newer one.
    if (lowWaterMark === undefined) {
      await this.apply({ insert: MARKS, row: { id: 1 } });
    }
    const mark = lowWaterMark === undefined
      ? "sys.fn_cdc_get_max_lsn()"
      : `0x${lowWaterMark}`;
    await this.#run(
      `DECLARE @mark binary(10) = ${mark}; ` +
        "EXEC sys.sp_cdc_cleanup_change_table " +
        `@capture_instance = ${quoteText(instance)}, @low_water_mark = @mark`,
    );
  }

  async offset(key: string): Promise<TestOffset | undefined> {
    const [row] = await this.#run(
      "SELECT CONVERT(varchar(20), last_lsn, 2) AS lsn, generation, owner, " +
        `snapshot FROM cdc_offsets WHERE table_name = ${quoteText(key)}`,
    );
    return row === undefined ? undefined : {
      lsn: String(row.lsn).toLowerCase(),
      generation: BigInt(row.generation as string),
      owner: row.owner as string | null,
      snapshot: row.snapshot as string | null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const name = quoteName(this.name);
    await this.#run("USE master");
    await this.#run(
      `ALTER DATABASE ${name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; ` +
        `DROP DATABASE ${name}`,
    );
    await this.session[Symbol.asyncDispose]();
  }

  async #scan(): Promise<void> {
    await this.#run("EXEC sys.sp_cdc_scan @continuous = 0");
  }

  async #run(sql: string) {
    const statement = { name: "test", sql, parameters: [] };
    const [rows] = await this.session.run(statement, { signal: never });
    return rows ?? [];
  }
}

function partsOf(path: string): [string, string] {
  const [schema, table] = path.split(/\.(.*)/s);
  return table === undefined ? ["dbo", schema] : [schema, table];
}

function quotedPath(path: string): string {
  return quotePath(...partsOf(path));
}

function declare({ name, type, isNullable = true }: ModelColumn): string {
  return `${quoteName(name)} ${type} ${isNullable ? "NULL" : "NOT NULL"}`;
}

/** Types of columns, to convert literals to. */
type Types = ReadonlyMap<string, string>;

function toStatement(
  change: TestChange,
  tables: ReadonlyMap<string, Types>,
): string {
  if ("insert" in change) {
    const types = tables.get(change.insert);
    const names = Object.keys(change.row).map(quoteName).join(", ");
    const values = Object.entries(change.row)
      .map(([name, value]) => typed(value, types?.get(name))).join(", ");
    return `INSERT INTO ${quotedPath(change.insert)} (${names}) ` +
      `VALUES (${values})`;
  }
  if ("update" in change) {
    const types = tables.get(change.update);
    return `UPDATE ${quotedPath(change.update)} ` +
      `SET ${pairs(change.set, types)} ` +
      `WHERE ${pairs(change.key, types, " AND ")}`;
  }
  return `DELETE FROM ${quotedPath(change.delete)} ` +
    `WHERE ${pairs(change.key, tables.get(change.delete), " AND ")}`;
}

function pairs(
  row: RowValues,
  types: Types | undefined,
  separator = ", ",
): string {
  return Object.entries(row)
    .map(([name, value]) =>
      `${quoteName(name)} = ${typed(value, types?.get(name))}`
    )
    .join(separator);
}

/** Not every type takes a text without being asked to. */
function typed(value: SqlValue, type: string | undefined): string {
  const text = literal(value);
  return type === undefined ? text : `CONVERT(${type}, ${text})`;
}

function literal(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Uint8Array) return `0x${value.toHex()}`;
  if (typeof value === "object") {
    return `CONVERT(${value.type}, ${literal(value.value)})`;
  }
  return typeof value === "string" ? quoteText(value) : String(value);
}
