/**
 * The requirements of a database output (the connectors' list, 3.5) as tests that
 * drive the real process, for every dialect.
 *
 * @module
 */

import type { Envelope, JsonObject } from "@dstream/sdk";
import {
  recordOf,
  Running,
  type Subject,
  version2Line,
} from "@dstream/sdk/testing";
import { assert, assertEquals } from "../../tests/support/assert.ts";

/** A database of a test's own. */
export interface Database extends AsyncDisposable {
  readonly config: JsonObject;
  run(sql: string): Promise<void>;
  /** Rows as texts, columns between `|`; null is empty, bytes are hex. */
  rows(sql: string): Promise<readonly string[]>;
}

/** The changes of a history as JSON; it is made with its first one. */
export async function historyOf(
  database: Pick<Database, "rows">,
  column = "data",
): Promise<readonly string[]> {
  try {
    return await database.rows(
      `SELECT ${column} FROM history ORDER BY change_id`,
    );
  } catch (error) {
    if (/no such table|does not exist|doesn't exist/.test(String(error))) {
      return [];
    }
    throw error;
  }
}

/** One dialect. */
export interface SqlSubject {
  readonly name: string;
  readonly subject: Subject;
  start(): Promise<Database>;
  /** What `rows` shows of the values of {@link TYPED}. */
  readonly typed: readonly string[];
  /** Behind it is a model, too slow for long streams. */
  readonly isModel?: boolean;
  /** Names that differ in their case alone are two names. */
  readonly hasTwins?: boolean;
  /** How bytes are asked for, where `rows` would not show them as hex. */
  columnOfBytes?(name: string): string;
}

/** One test. */
interface Case {
  readonly does: string;
  readonly config?: JsonObject;
  readonly setUp?: string;
  readonly sent: readonly (Envelope | { readonly schema: object })[];
  /** What a second process gets. */
  readonly then?: Case["sent"];
  readonly query?: string;
  readonly rows?: readonly string[];
  /** Positions, from 1. */
  readonly rejected?: readonly number[];
  /** The whole is sent once more, to a second process. */
  readonly isReplayed?: boolean;
  /** The task can't go on, and says so. */
  readonly failure?: RegExp;
  /** What its log has to say. */
  readonly says?: RegExp;
}

const TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)";
const STRICTER = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, " +
  "b TEXT UNIQUE)";
const QUERY = "SELECT id, a, b FROM t ORDER BY id";

function change(
  operation: string,
  data: JsonObject | null,
  more: JsonObject = {},
): Envelope {
  return { data, metadata: { table: "t", operation, key: ["id"], ...more } };
}

const SCHEMA = {
  schema: {
    table: "t",
    key: ["id"],
    fields: [
      { name: "id", type: "int64" },
      { name: "a", type: "string", nullable: true },
      { name: "b", type: "string", nullable: true },
    ],
  },
};

const TYPES = [
  ["int64", "9223372036854775807"],
  ["decimal", "12345678901234567890.123456789"],
  ["boolean", true],
  ["float64", 0.1],
  ["bytes", "AP9/"],
  ["timestamp", "2026-01-02T03:04:05.123456"],
  ["timestamptz", "2026-01-02T03:04:05.123456+02:00"],
  ["date", "2026-01-02"],
  ["json", { a: [1, null] }],
] as const;

const TYPED = {
  schema: {
    table: "t",
    key: ["id"],
    fields: [
      { name: "id", type: "int64" },
      ...TYPES.map(([type]) => ({ name: `c_${type}`, type, nullable: true })),
    ],
  },
};

const CASES: readonly Case[] = [
  {
    does: "1: insert, update, read, delete, truncate and gap have an effect",
    setUp: TABLE,
    sent: [
      change("insert", { id: 9, a: "gone", b: null }),
      change("truncate", null),
      change("gap", null),
      change("insert", { id: 1, a: "x", b: null }),
      change("read", { id: 2, a: "y", b: null }),
      change("update", { id: 1, a: "z", b: null }),
      change("insert", { id: 3, a: "w", b: null }),
      change("delete", { id: 3 }),
    ],
    rows: ["1|z|", "2|y|"],
  },
  {
    does: "1: an unknown operation is rejected",
    setUp: TABLE,
    sent: [change("merge", { id: 1 }), change("insert", { id: 2, a: "y" })],
    rows: ["2|y|"],
    rejected: [1],
  },
  {
    does: "2: a replay leaves the same table",
    setUp: TABLE,
    sent: [
      change("insert", { id: 1, a: "x", b: "1" }),
      change("update", { id: 2, a: "y", b: "1" }, { before: { id: 1 } }),
      change("insert", { id: 1, a: "new", b: null }),
      change("delete", { id: 1 }),
    ],
    rows: ["2|y|1"],
    isReplayed: true,
  },
  {
    does: "3, 4: of several changes to one key in a batch the last wins",
    setUp: TABLE,
    sent: [
      change("insert", { id: 1, a: "x", b: null }),
      change("delete", { id: 1 }),
      change("insert", { id: 1, a: "y", b: null }),
      change("insert", { id: 2, a: "x", b: null }),
      change("update", { id: 2, a: "z", b: null }),
      change("delete", { id: 2 }),
    ],
    rows: ["1|y|"],
  },
  {
    does: "5: rows that swap a unique value within a batch end right",
    setUp: `${STRICTER}; INSERT INTO t VALUES (1, 'x', 'one'), (2, 'y', 'two')`,
    sent: [
      change("update", { id: 1, a: "x", b: "two" }),
      change("update", { id: 2, a: "y", b: "one" }),
    ],
    rows: ["1|x|two", "2|y|one"],
  },
  {
    does: "6, 7: one poison row costs one dead letter",
    setUp: STRICTER,
    sent: Array.from(
      { length: 100 },
      (_, at) =>
        change("insert", { id: at, a: at === 42 ? null : "x", b: `${at}` }),
    ),
    query: "SELECT count(*), min(id), max(id) FROM t",
    rows: ["99|0|99"],
    rejected: [43],
  },
  {
    does: "6: one poison row of a long stream costs one dead letter",
    setUp: STRICTER,
    sent: Array.from({ length: 20_000 }, (_, at) => {
      const a = at === 15_000 ? null : at < 10_000 ? "x" : "y";
      return change("insert", { id: at % 10_000, a, b: `${at % 10_000}` });
    }),
    query: "SELECT a, count(*), sum(id) FROM t GROUP BY a ORDER BY a",
    rows: ["x|1|5000", "y|9999|49990000"],
    rejected: [15_001],
  },
  {
    does: "6: rows that need each other across tables find each other",
    setUp: "CREATE TABLE p (id INTEGER PRIMARY KEY); " +
      "CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id)); " +
      "INSERT INTO t VALUES (1, NULL)",
    sent: [
      change("update", { id: 1, p: null }),
      change("insert", { id: 7 }, { table: "p" }),
      change("insert", { id: 2, p: 7 }),
    ],
    query: "SELECT id, p FROM t ORDER BY id",
    rows: ["1|", "2|7"],
  },
  {
    does: "7: what nobody can mend by trying again ends the task",
    setUp: "CREATE TABLE t (id INTEGER, a TEXT)",
    sent: [change("insert", { id: 1, a: "x" })],
    failure: /refused to go on/,
  },
  {
    does: "9: an older change never overwrites a newer one",
    config: { guard: "position" },
    setUp: TABLE,
    sent: [
      change("insert", { id: 1, a: "new", b: null }, { position: "05" }),
      change("insert", { id: 2, a: "x", b: null }, { position: "06" }),
    ],
    query: "SELECT id, a, _position FROM t ORDER BY id",
    rows: ["1|new|05", "2|x|06"],
  },
  {
    does: "9: an older delete removes nothing newer",
    config: { guard: "position" },
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, _position TEXT); " +
      "INSERT INTO t VALUES (1, 'new', '05'), (2, 'old', '01')",
    sent: [
      change("update", { id: 1, a: "older" }, { position: "03" }),
      change("update", { id: 2, a: "newer" }, { position: "03" }),
      change("delete", { id: 1 }, { position: "04" }),
    ],
    query: "SELECT id, a, _position FROM t ORDER BY id",
    rows: ["1|new|05", "2|newer|03"],
  },
  {
    does: "9: nor within a batch",
    config: { guard: "position" },
    setUp: TABLE,
    sent: [
      change("update", { id: 1, a: "new", b: null }, { position: "05" }),
      change("update", { id: 1, a: "old", b: null }, { position: "03" }),
      change("delete", { id: 1 }, { position: "04" }),
      change("delete", { id: 2 }, { position: "07" }),
      change("insert", { id: 2, a: "old", b: null }, { position: "06" }),
    ],
    query: "SELECT id, a, _position FROM t ORDER BY id",
    rows: ["1|new|05"],
  },
  {
    does: "9: a soft delete keeps its place, also of a row that isn't there",
    config: { guard: "position", delete: "soft" },
    setUp: TABLE,
    sent: [
      change("insert", { id: 1, a: "x", b: null }, { position: "05" }),
      change("delete", { id: 1 }, { position: "07" }),
      change("delete", { id: 2 }, { position: "07" }),
      change("insert", { id: 3, a: "x", b: null }, { position: "08" }),
    ],
    then: [
      change("insert", { id: 1, a: "x", b: null }, { position: "05" }),
      change("insert", { id: 2, a: "x", b: null }, { position: "05" }),
    ],
    query: "SELECT id, _position FROM t WHERE _deleted = '1' ORDER BY id",
    rows: ["1|07", "2|07"],
  },
  {
    does: "10: a partial update of a row that isn't there is told",
    setUp: `${STRICTER}; INSERT INTO t VALUES (1, 'kept', 'x')`,
    sent: [
      change("update", { id: 1, b: "new" }, { unchanged: ["a"] }),
      change("update", { id: 2, b: "new" }, { unchanged: ["a"] }),
    ],
    says: /1 row of t .* isn't there/,
    rows: ["1|kept|new"],
  },
  {
    does: "17: a key of bytes finds its row",
    sent: [
      {
        schema: {
          table: "t",
          key: ["id"],
          fields: [
            { name: "id", type: "bytes" },
            { name: "a", type: "string", nullable: true },
            { name: "b", type: "string", nullable: true },
          ],
        },
      },
      change("insert", { id: "AP9/", a: "x", b: "1" }),
      change("insert", { id: "AQ==", a: "y", b: "2" }),
      change("insert", { id: "AP8=", a: "z", b: "3" }),
    ],
    then: [
      change("update", { id: "AP9/", a: "new" }, { unchanged: ["b"] }),
      change("delete", { id: "AQ==" }),
      change("update", { id: "/w==", a: "m" }, { before: { id: "AP8=" } }),
    ],
    query: "SELECT a, b FROM t ORDER BY a",
    rows: ["m|3", "new|1"],
  },
  {
    does: "10: columns that are absent are left alone",
    setUp: `${STRICTER}; INSERT INTO t VALUES (1, 'kept', 'x'), (2, 'y', 'z')`,
    sent: [
      change("update", { id: 1, b: "new" }, { unchanged: ["a"] }),
      change("update", { id: 2, a: "new" }, { unchanged: ["b"] }),
    ],
    rows: ["1|kept|new", "2|new|z"],
  },
  {
    does: "11: an insert and a partial update of one key become a whole row",
    setUp: STRICTER,
    sent: [
      change("insert", { id: 1, a: "x", b: "first" }),
      change("update", { id: 1, b: "second" }, { unchanged: ["a"] }),
    ],
    rows: ["1|x|second"],
  },
  {
    does: "12: a table is made from its schema, its key not null",
    sent: [SCHEMA, change("insert", { id: 1, a: "x", b: null })],
    rows: ["1|x|"],
  },
  {
    does: "12: a table is made from its first rows if asked",
    config: { create_tables: "rows" },
    sent: [change("insert", { id: 1, a: "x", b: null })],
    rows: ["1|x|"],
  },
  {
    does: "12: without a schema a missing table is a clear error",
    sent: [change("insert", { id: 1, a: "x" })],
    failure: /there is no table .*t, and its input sends no schema/,
  },
  {
    does: "13: a new column is added, nullable",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); " +
      "INSERT INTO t VALUES (1, 'x')",
    sent: [SCHEMA, change("insert", { id: 2, a: "y", b: "z" })],
    rows: ["1|x|", "2|y|z"],
  },
  {
    does: "13: add_columns = false names the column that is missing",
    config: { add_columns: false },
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
    sent: [SCHEMA, change("insert", { id: 2, a: "y", b: "z" })],
    failure: /has no column .*b.*, and add_columns/,
  },
  {
    does: "14: a table that must exist is checked before anything streams",
    config: { table: "t", create_tables: "never" },
    sent: [],
    failure: /there is no table .*t/,
  },
  {
    does: "15: names are quoted as they came",
    sent: [
      {
        schema: {
          table: 'select "x',
          key: ["a b"],
          fields: [{ name: "a b", type: "int64" }, {
            name: 'o"r',
            type: "string",
          }],
        },
      },
      change("insert", { "a b": 1, 'o"r': "x" }, {
        table: 'select "x',
        key: ["a b"],
      }),
    ],
    query: 'SELECT * FROM "select ""x"',
    rows: ["1|x"],
  },
  {
    does: "15: a name that is too long is an error",
    sent: [
      {
        schema: {
          table: "t",
          key: ["id"],
          fields: [{ name: "id", type: "int64" }, {
            name: "x".repeat(1001),
            type: "string",
          }],
        },
      },
      change("insert", { id: 1 }),
    ],
    failure: /takes names of/,
  },
  {
    does: "18: deleting what isn't there is no error",
    setUp: `${TABLE}; INSERT INTO t VALUES (1, 'x', NULL), (2, 'y', NULL)`,
    sent: [change("delete", { id: 7 }), change("delete", { id: 1 })],
    rows: ["2|y|"],
    isReplayed: true,
  },
  {
    does: "18: a row that was marked as deleted and comes again is there again",
    config: { delete: "soft" },
    setUp: TABLE,
    sent: [
      change("insert", { id: 1, a: "x", b: null }),
      change("insert", { id: 2, a: "y", b: null }),
      change("delete", { id: 1 }),
      change("delete", { id: 2 }),
    ],
    then: [change("insert", { id: 1, a: "new", b: null })],
    query: "SELECT id, a FROM t WHERE _deleted = '0'",
    rows: ["1|new"],
  },
  {
    does: "18: a soft delete sets a column",
    config: { delete: "soft" },
    setUp: `${TABLE}; INSERT INTO t VALUES (1, 'x', NULL), (2, 'y', NULL)`,
    sent: [change("delete", { id: 1 }), change("delete", { id: 7 })],
    query: "SELECT count(*) FROM t WHERE _deleted = '1' AND id = 1",
    rows: ["1"],
  },
  {
    does:
      "18: deletes can be ignored, and deleting what isn't there is no error",
    config: { delete: "ignore" },
    setUp: `${TABLE}; INSERT INTO t VALUES (1, 'x', NULL)`,
    sent: [change("delete", { id: 1 }), change("delete", { id: 8 })],
    rows: ["1|x|"],
  },
  {
    does: "18: without a key a change is rejected",
    setUp: "CREATE TABLE t (id INTEGER, a TEXT)",
    sent: [{ data: { id: 1 }, metadata: { table: "t", operation: "delete" } }],
    query: "SELECT count(*) FROM t",
    rows: ["0"],
    rejected: [1],
  },
  {
    does: "19: a changed key removes the old row and keeps what isn't known",
    setUp: `${STRICTER}; INSERT INTO t VALUES (1, 'kept', 'x'), (2, 'y', 'z')`,
    sent: [
      change("update", { id: 11, b: "n" }, { before: { id: 1 } }),
      change("update", { id: 12, a: "y", b: "z" }, { before: { id: 2 } }),
    ],
    rows: ["11|kept|n", "12|y|z"],
    isReplayed: true,
  },
  {
    does: "columns: some are left out, renamed and added",
    config: {
      columns: {
        exclude: ["b"],
        rename: { a: "name" },
        add: { c: "from {metadata.table}", d: "fixed", e: "{metadata.none}" },
      },
    },
    sent: [
      SCHEMA,
      change("insert", { id: 1, a: "x", b: "y" }),
      change("insert", { id: 2, a: "ö'\"", b: null }),
      change("update", { id: 2, b: "z" }, { unchanged: ["a"] }),
      change("insert", { id: 3, a: "gone", b: null }),
      change("delete", { id: 3 }),
    ],
    query: "SELECT id, name, c, d, e FROM t ORDER BY id",
    rows: ["1|x|from t|fixed|", "2|ö'\"|from t|fixed|"],
  },
  {
    does: "columns: include keeps these alone, and the table has no other",
    config: { columns: { include: ["id", "a"] } },
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
    sent: [SCHEMA, change("insert", { id: 1, a: "x", b: "y" })],
    query: "SELECT * FROM t",
    rows: ["1|x"],
  },
  {
    does: "columns: a key with another name finds its row",
    config: { columns: { rename: { id: "number", b: "b2" } } },
    setUp: "CREATE TABLE t (number INTEGER PRIMARY KEY, a TEXT NOT NULL, " +
      "b2 TEXT)",
    sent: [
      change("insert", { id: 1, a: "x", b: "kept" }),
      change("insert", { id: 2, a: "y", b: null }),
      change("insert", { id: 3, a: "z", b: null }),
      change("update", { id: 11, a: "n" }, {
        before: { id: 1 },
        unchanged: ["b"],
      }),
      change("delete", { id: 2 }),
    ],
    query: "SELECT number, a, b2 FROM t ORDER BY number",
    rows: ["3|z|", "11|n|kept"],
    isReplayed: true,
  },
  {
    does: "columns: the config's key may be one that is added",
    config: {
      key: ["tenant", "id"],
      columns: { add: { tenant: "{metadata.tenant}" } },
    },
    setUp: "CREATE TABLE t (tenant VARCHAR(9), id INTEGER, a TEXT, b TEXT, " +
      "PRIMARY KEY (tenant, id))",
    sent: [
      change("insert", { id: 1, a: "x" }, { tenant: "one" }),
      change("insert", { id: 1, a: "y" }, { tenant: "two" }),
      change("update", { id: 2, a: "m" }, { tenant: "one", before: { id: 1 } }),
      change("insert", { id: 3, a: "y" }, { tenant: "two" }),
      change("delete", { id: 3 }, { tenant: "one" }),
      change("delete", { id: 1 }, { tenant: "two" }),
    ],
    query: "SELECT tenant, id, a FROM t ORDER BY tenant, id",
    rows: ["one|2|m", "two|3|y"],
  },
  {
    does: "columns: leaving out the key ends the task",
    config: { columns: { exclude: ["id"] } },
    setUp: TABLE,
    sent: [change("insert", { id: 1, a: "x", b: "y" })],
    failure: /leaves out .*id.*, which is in the key/,
  },
  {
    does: "15: two columns with one name are an error",
    config: { columns: { rename: { a: "b" } } },
    setUp: TABLE,
    sent: [change("insert", { id: 1, a: "x", b: "y" })],
    failure: /two columns .*b/,
  },
  {
    does:
      "flush_interval: rows that come later are one transaction with those " +
      "before, and the end doesn't wait",
    config: { flush_interval: "1h" },
    setUp: STRICTER,
    sent: [
      change("insert", { id: 1, a: "x", b: "1" }),
      change("insert", { id: 2, a: null, b: "2" }),
      change("insert", { id: 3, a: "y", b: "3" }),
    ],
    rows: ["1|x|1", "3|y|3"],
    rejected: [2],
  },
  {
    does: "insert leaves rows that are there",
    config: { mode: "insert" },
    setUp: `${TABLE}; INSERT INTO t VALUES (1, 'old', NULL)`,
    sent: [
      change("insert", { id: 1, a: "x", b: null }),
      change("insert", { id: 2, a: "y", b: null }),
    ],
    rows: ["1|old|", "2|y|"],
  },
  {
    does: "checkpoint_table: what comes again is left out",
    config: {
      mode: "append_changes",
      table: "history",
      checkpoint_table: "places",
    },
    sent: [
      change("insert", { id: 1 }, { position: "01" }),
      change("insert", { id: 9 }, { position: "05", table: "other" }),
      change("update", { id: 1 }, { position: "02" }),
    ],
    then: [
      change("update", { id: 1 }, { position: "02" }),
      change("delete", { id: 1 }, { position: "03" }),
      change("insert", { id: 9 }, { position: "05", table: "other" }),
    ],
    query: "SELECT operation, position FROM history ORDER BY change_id",
    rows: ["insert|01", "insert|05", "update|02", "delete|03"],
  },
  {
    does:
      "checkpoint_table: a row that is read again is followed by its changes",
    config: { checkpoint_table: "places" },
    setUp: TABLE,
    sent: [
      change("read", { id: 1, a: "old", b: null }, { position: "01" }),
      change("update", { id: 1, a: "new", b: null }, { position: "02" }),
    ],
    rows: ["1|new|"],
    isReplayed: true,
  },
  {
    does: "checkpoint_table: what was refused is refused again",
    config: { checkpoint_table: "places" },
    setUp: STRICTER,
    sent: [
      change("insert", { id: 1, a: null, b: null }, { position: "01" }),
      change("insert", { id: 2, a: "x", b: null }, { position: "02" }),
    ],
    rows: ["2|x|"],
    rejected: [1],
    isReplayed: true,
  },
  {
    does: "append_changes keeps one row for each change",
    config: { mode: "append_changes", table: "history" },
    sent: [
      change("insert", { id: 1 }, { position: "01" }),
      change("delete", { id: 1 }, { position: "02" }),
    ],
    query: "SELECT operation, table_name, position, data FROM history " +
      "ORDER BY change_id",
    rows: ['insert|t|01|{"id":1}', 'delete|t|02|{"id":1}'],
  },
];

const MAX_MODEL = 1000;

/** Two names that are one to most databases. */
const TWINS: Case["sent"] = [
  {
    schema: {
      table: "t",
      key: ["id"],
      fields: [
        { name: "id", type: "int64" },
        { name: "name", type: "string", nullable: true },
        { name: "NAME", type: "string", nullable: true },
      ],
    },
  },
  change("insert", { id: 1, name: "small", NAME: "large" }),
];

/** More values than any statement may have parameters. */
function wideRows(columns: number, rows: number): Case["sent"] {
  const names = Array.from({ length: columns }, (_, at) => `c${at}`);
  const fields = names.map((name) => ({ name, type: "int64", nullable: true }));
  const schema = {
    table: "t",
    key: ["id"],
    fields: [{ name: "id", type: "int64" }, ...fields],
  };
  const values = Object.fromEntries(names.map((name, at) => [name, at]));
  const changes = Array.from(
    { length: rows },
    (_, id) => change("insert", { id, ...values }),
  );
  return [{ schema }, ...changes];
}

/** Declares the tests. */
export function sqlTests(subject: SqlSubject): void {
  const { name, start } = subject;
  for (const test of CASES) {
    if (subject.isModel && test.sent.length > MAX_MODEL) continue;
    Deno.test(`${name} ${test.does}`, async () => {
      await using database = await start();
      await runCase(subject, database, test);
    });
  }
  Deno.test(`${name} 15: names that are one to the database are an error`, async () => {
    await using database = await start();
    await runCase(subject, database, {
      does: "",
      sent: TWINS,
      ...(subject.hasTwins
        ? { query: 'SELECT name, "NAME" FROM t', rows: ["small|large"] }
        : { failure: /two columns of .*t are both .*name/ }),
    });
  });

  Deno.test(`${name} 21: no count of values is too large for a statement`, async () => {
    await using database = await start();
    const [columns, rows] = subject.isModel ? [30, 200] : [150, 1000];
    await runCase(subject, database, {
      does: "",
      config: { batch_size: 1000 },
      sent: wideRows(columns, rows),
      query: `SELECT count(*), min(c0), max(c${columns - 1}) FROM t`,
      rows: [`${rows}|0|${columns - 1}`],
    });
  });

  Deno.test(`${name} 20: two outputs on one table, in opposite orders, end well`, async () => {
    await using database = await start();
    await database.run(TABLE);
    const ids = Array.from(
      { length: subject.isModel ? 50 : 3000 },
      (_, at) => at,
    );
    const lines = (order: readonly number[]) =>
      [...order, ...order].map((id, at) => {
        const a = at < order.length ? "old" : "new";
        return `${JSON.stringify(change("insert", { id, a, b: null }))}\n`;
      }).join("");
    const outputs = [ids, ids.toReversed()].map(async (order) => {
      await using running = new Running(subject.subject);
      const config = { ...database.config, batch_size: 500 };
      await running.send(version2Line(config) + lines(order));
      await running.closeStdin();
      const all = (await running.allLines()).join("\n");
      assert.doesNotMatch(all, /"reject"/);
      await running.endsWith(0);
    });
    await Promise.all(outputs);
    const rows = await database.rows("SELECT a, count(*) FROM t GROUP BY a");
    assertEquals(rows, [`new|${ids.length}`]);
  });

  Deno.test(`${name}: plan shows the statements, init runs them, both keep what is there`, async () => {
    await using database = await start();
    const config = { ...database.config, ...HISTORY };
    const planned = await lifecycle(subject, "plan", config);
    assertEquals(planned.map(shownChange), [
      "create history",
      "create places",
    ]);
    for (const { statement } of planned) {
      assert.match(String(statement), /CREATE TABLE .*(history|places)/);
    }
    // It was a plan alone.
    assertEquals(await lifecycle(subject, "plan", config), planned);
    assertEquals(await lifecycle(subject, "init", config), planned);
    const never = { ...HISTORY, create_tables: "never" };
    await runCase(subject, database, {
      does: "",
      config: never,
      sent: [change("insert", { id: 1 }, { position: "01" })],
      query: "SELECT operation, position FROM history",
      rows: ["insert|01"],
    });
    for (const command of ["plan", "init"]) {
      const kept = await lifecycle(subject, command, config);
      assertEquals(kept.map(shownChange), ["none history", "none places"]);
    }
    assertEquals(await database.rows("SELECT position FROM places"), ["01"]);
  });

  Deno.test(`${name}: a run that streams nothing, as a dry one, makes no table`, async () => {
    await using database = await start();
    const config = { ...database.config, ...HISTORY };
    await runCase(subject, database, {
      does: "",
      config: HISTORY,
      sent: [],
      query: "SELECT 1",
      rows: ["1"],
    });
    const planned = await lifecycle(subject, "plan", config);
    assertEquals(planned.map(shownChange), ["create history", "create places"]);
  });

  Deno.test(`${name} 16, 17: digits, bytes and times survive`, async () => {
    await using database = await start();
    const values = TYPES.map(([type, value]) => [`c_${type}`, value]);
    const data = { id: 1, ...Object.fromEntries(values) };
    await runCase(subject, database, {
      does: "",
      sent: [TYPED, change("insert", data)],
      query: `SELECT ${
        TYPES.map(([type]) =>
          type === "bytes"
            ? subject.columnOfBytes?.("c_bytes") ?? "c_bytes"
            : `c_${type}`
        ).join(", ")
      } FROM t`,
      rows: [subject.typed.join("|")],
    });
  });
}

const HISTORY = {
  mode: "append_changes",
  table: "history",
  checkpoint_table: "places",
};

interface Planned {
  readonly action: string;
  readonly name: string;
  readonly statement?: string | null;
}

/** What a command reports. */
async function lifecycle(
  { subject }: SqlSubject,
  command: string,
  config: JsonObject,
): Promise<readonly Planned[]> {
  await using running = new Running(subject);
  await running.send(version2Line(config, { command }));
  await running.closeStdin();
  const lines = await running.allLines();
  await running.endsWith(0);
  return JSON.parse(lines.at(-1)!).changes;
}

/** Without the schema, which some have. */
function shownChange({ action, name }: Planned): string {
  return `${action} ${name.split(".").at(-1)}`;
}

async function runCase(
  { subject }: SqlSubject,
  database: Database,
  test: Case,
): Promise<void> {
  if (test.setUp !== undefined) await database.run(test.setUp);
  const { sent, then = test.isReplayed ? sent : undefined } = test;
  for (const part of then === undefined ? [sent] : [sent, then]) {
    const { records, said, code } = await send(subject, database, {
      ...test,
      sent: part,
    });
    if (test.failure !== undefined) {
      assert.match(said, test.failure);
      return;
    }
    assertEquals(code, 0, said);
    if (test.says !== undefined) assert.match(said, test.says);
    const rejected = records
      .flatMap(({ reject }) => (reject as { seq: number } | undefined) ?? [])
      .map(({ seq }) => seq);
    assertEquals(rejected, test.rejected ?? [], JSON.stringify(records));
  }
  assertEquals(await database.rows(test.query ?? QUERY), test.rows);
}

async function send(subject: Subject, { config }: Database, test: Case) {
  await using running = new Running(subject);
  const lines = test.sent.map((each) =>
    "schema" in each
      ? `\x1e${JSON.stringify(each)}\n`
      : `${JSON.stringify(each)}\n`
  );
  await running.send(
    version2Line({ ...config, ...test.config }) + lines.join(""),
  );
  await running.closeStdin();
  const all = await running.allLines();
  const records = all.map(recordOf).filter((record) => record !== undefined);
  const { code } = await running.end();
  return { records, code, said: all.join("\n") + running.stderr };
}
