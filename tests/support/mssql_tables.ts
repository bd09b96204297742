/**
 * A SQL Server for the output's tests: the TDS server with SQLite behind it.
 *
 * The statements of providers/mssql/output are said in SQLite's words and run there,
 * so rows, keys, transactions and savepoints are real. What is SQL Server's alone is
 * not: its locks, its conversions (a few are written here a second time), its limits.
 * Whether the words are T-SQL is scripts/check_tsql.ts's to say.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { Answer, AnswerPart } from "./tds/answer.ts";
import { SqlServerError } from "./tds/errors.ts";
import { type SqlRequest, TdsServer } from "./tds/server.ts";
import type { TdsSession } from "./tds/session.ts";
import { TempFolder } from "./temp_folder.ts";

const USER = "writer";
const PASSWORD = "Pass;word=1";
const BUSY_TIMEOUT_MS = 5000;

/** A running server, empty at the start. */
export class SqlServerTables implements AsyncDisposable {
  readonly server: TdsServer;
  readonly #folder: TempFolder;
  readonly #sessions = new Map<TdsSession, DatabaseSync>();
  /** Thrown by the next statements with this tag, the first first. */
  readonly failures = new Map<string, SqlServerError[]>();
  #going: Promise<void> | undefined;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.server = new TdsServer({
      users: { [USER]: PASSWORD },
      handler: async (request) => {
        await this.#going;
        return this.#answer(request);
      },
    });
  }

  static async start(): Promise<SqlServerTables> {
    return new SqlServerTables(await TempFolder.make());
  }

  get connectionString(): string {
    return `Server=127.0.0.1,${this.server.port};Database=copy;` +
      `User Id=${USER};Password="${PASSWORD}";Encrypt=false`;
  }

  /** From now on no statement is answered. @returns Lets them go on. */
  stall(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#going = promise;
    return resolve;
  }

  /** The tables themselves. */
  open(): DatabaseSync {
    const database = new DatabaseSync(this.#folder.join("copy.db"));
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec("PRAGMA foreign_keys = ON");
    database.function("try_convert", tryConvert);
    return database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    for (const database of this.#sessions.values()) database.close();
    await this.#folder[Symbol.asyncDispose]();
  }

  #answer({ sql, params, session }: SqlRequest): Answer {
    const [, tag = "", body = sql] =
      /^\/\* dstream: ([^*]+) \*\/\n([\s\S]*)$/.exec(sql) ?? [];
    const failure = this.failures.get(tag)?.shift();
    if (failure !== undefined) throw failure;
    const database = this.#databaseOf(session);
    try {
      return ask(database, tag, body, params);
    } catch (error) {
      throw asServerError(error);
    }
  }

  /** A session that ends takes its transaction with it. */
  #databaseOf(session: TdsSession): DatabaseSync {
    let database = this.#sessions.get(session);
    if (database === undefined) {
      this.#sessions.set(session, database = this.open());
      session.onEnd(() => {
        this.#sessions.get(session)?.close();
        this.#sessions.delete(session);
      });
    }
    return database;
  }
}

type Params = SqlRequest["params"];

function ask(
  database: DatabaseSync,
  tag: string,
  sql: string,
  params: Params,
): Answer {
  switch (tag) {
    case "columns":
      return columnsOf(database, tableIn(params));
    case "indexes":
      return indexesOf(database, tableIn(params));
    case "references":
      return table([["count", "int"]], [[0]]);
    default:
      return statements(sql).flatMap((each) => run(database, each, params));
  }
}

/** Apart where one ends; none of ours has the mark in a text. */
function statements(sql: string): string[] {
  return sql.split(/;\n/).filter((each) => each.trim() !== "");
}

function run(
  database: DatabaseSync,
  sql: string,
  params: Params,
): AnswerPart[] {
  if (/^SET /.test(sql)) return [];
  const checked = /^IF EXISTS \(([\s\S]*)\) THROW (\d+), N'([^']*)', 1$/.exec(
    sql,
  );
  if (checked !== null) {
    const [, question, number, message] = checked;
    if (query(database, question, params).length > 0) {
      throw new SqlServerError({ number: Number(number), message });
    }
    return [];
  }
  if (/^SELECT /.test(sql)) return rowsOf(query(database, sql, params));
  const own = inSqlite(sql);
  if (own.includes(":rows")) database.prepare(own).run(bound(params));
  else database.exec(own);
  return [];
}

function query(database: DatabaseSync, sql: string, params: Params) {
  const own = inSqlite(sql);
  const statement = database.prepare(own);
  return own.includes(":rows") ? statement.all(bound(params)) : statement.all();
}

function bound({ rows }: Params): Record<string, string> {
  return { rows: String(rows) };
}

/** T-SQL of the output → SQLite. */
export function inSqlite(sql: string): string {
  return sql
    .replace(/^BEGIN TRANSACTION$/, "BEGIN IMMEDIATE")
    .replace(/^SAVE TRANSACTION /, "SAVEPOINT ")
    .replace(/^ROLLBACK TRANSACTION (\w+)$/, "ROLLBACK TO SAVEPOINT $1")
    .replace(/^IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION$/, "ROLLBACK")
    .replace(
      /^IF OBJECT_ID\(N'.*?', N'U'\) IS NULL CREATE TABLE (.*)$/s,
      (_, made) => `CREATE TABLE IF NOT EXISTS ${asTypes(made)}`,
    )
    .replace(
      /^(ALTER TABLE .* ADD )(.*)$/s,
      (_, head, column) => `${head}COLUMN ${asTypes(column)}`,
    )
    .replace(
      /OPENJSON\(@rows\) WITH \((.*?)\) AS s/g,
      (_, fields) => `(${sourceOf(fields)}) AS s`,
    )
    .replace(
      /TRY_CONVERT\(([a-z0-9]+(?:\([^)]*\))?), (s\.\[c\d+\])(?:, 1)?\)/g,
      "try_convert('$1', $2)",
    )
    .replace(/ WITH \(UPDLOCK, (HOLDLOCK|ROWLOCK)\)/g, "")
    .replaceAll(" COLLATE Latin1_General_BIN2", "")
    .replaceAll("@@ROWCOUNT", "changes()")
    .replaceAll("[dbo].", "")
    .replace(/\bN'/g, "'");
}

function sourceOf(fields: string): string {
  const names = [...fields.matchAll(/\[c(\d+)\]/g)].map(([, at]) => at);
  const columns = names.map((at) =>
    `json_extract(value, '$[${at}]') AS [c${at}]`
  );
  return `SELECT ${columns.join(", ")} FROM json_each(:rows)`;
}

/** So that SQLite keeps all digits, and takes `max` for no number. */
function asTypes(ddl: string): string {
  return ddl
    .replace(/\bdecimal\(/g, "decimal_text(")
    .replace(/\bbigint IDENTITY\(1,1\)/, "INTEGER")
    .replace(/\(max\)/g, "");
}

/** What SQL Server makes of a text, as far as the tests need it. */
function tryConvert(
  type: unknown,
  value: unknown,
): string | number | bigint | Uint8Array | null {
  const [text, kind] = [String(value), String(type)];
  if (value === null) return null;
  if (/^(big|small|tiny)?int$/.test(kind)) {
    return /^-?\d+$/.test(text) ? BigInt(text) : null;
  }
  if (/^(float|real)/.test(kind)) {
    return /^-?\d/.test(text) ? Number(text) : null;
  }
  if (/^varbinary/.test(kind)) return Uint8Array.fromHex(text.slice(2));
  if (kind === "bit") return /^[01]$/.test(text) ? Number(text) : null;
  return text;
}

function tableIn({ name }: Params): string {
  return /\[([^\]]|\]\])*\]$/.exec(String(name))![0].slice(1, -1)
    .replaceAll("]]", "]");
}

function columnsOf(database: DatabaseSync, name: string): Answer {
  const rows = database.prepare(
    'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)',
  ).all(name);
  return table(
    [
      ["name", "nvarchar(128)"],
      ["type_name", "nvarchar(128)"],
      ["max_length", "int"],
      ["precision", "int"],
      ["scale", "int"],
      ["is_required", "int"],
      ["is_generated", "int"],
      ["is_identity", "int"],
    ],
    rows.map(({ name, type, notnull, dflt_value, pk }) => {
      const [, kind, one = "0", two = "0"] =
        /^(\w+)(?:\((\d+)(?:,\s*(\d+))?\))?/.exec(String(type).toLowerCase())!;
      const isTime = /^(time|datetime)/.test(kind);
      const isRowid = String(type) === "INTEGER" && Number(pk) > 0;
      return [
        String(name),
        TYPE_NAMES[kind] ?? kind,
        kind === "varbinary" ? Number(one) || -1 : Number(one) * 2 || -1,
        Number(one),
        Number(isTime ? one : two),
        Number(notnull) === 1 && dflt_value === null && !isRowid ? 1 : 0,
        0,
        0,
      ];
    }),
  );
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  integer: "int",
  text: "nvarchar",
  decimal_text: "decimal",
};

function indexesOf(database: DatabaseSync, name: string): Answer {
  const rows: (string | number)[][] = [];
  const columns = database.prepare(
    "SELECT name, pk FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk",
  ).all(name);
  for (const { name } of columns) rows.push(["PK", String(name), 1]);
  const indexes = database.prepare(
    "SELECT l.name AS index_name, i.name AS column_name " +
      "FROM pragma_index_list(?) AS l, pragma_index_info(l.name) AS i " +
      "WHERE l.\"unique\" = 1 AND l.origin <> 'pk' ORDER BY l.seq, i.seqno",
  ).all(name);
  for (const { index_name, column_name } of indexes) {
    rows.push([String(index_name), String(column_name), 0]);
  }
  return table([
    ["index_name", "nvarchar(128)"],
    ["column_name", "nvarchar(128)"],
    ["is_primary", "int"],
  ], rows);
}

function rowsOf(rows: readonly Record<string, unknown>[]): AnswerPart[] {
  const names = Object.keys(rows[0] ?? {});
  return table(
    names.map((name) => [name, "nvarchar(max)"] as const),
    rows.map((row) =>
      names.map((name) => row[name] === null ? null : String(row[name]))
    ),
  );
}

function table(
  columns: readonly (readonly [name: string, type: string])[],
  rows: readonly (string | number | null)[][],
): AnswerPart[] {
  return [{
    columns: columns.map(([name, type]) => ({ name, type })),
    rows,
  }];
}

function asServerError(error: unknown): unknown {
  if (error instanceof SqlServerError) return error;
  const { message } = error as Error;
  const number = /NOT NULL/.test(message)
    ? 515
    : /UNIQUE|PRIMARY KEY/.test(message)
    ? 2627
    : /FOREIGN KEY|CHECK/.test(message)
    ? 547
    : /no such table/.test(message)
    ? 208
    : /locked/.test(message)
    ? 1222
    : 50_000;
  return new SqlServerError({ number, message });
}
