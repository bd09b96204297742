/**
 * Twelve tables with every type, and what an application does to them.
 *
 * @module
 */

/** One table. */
export interface WorkTable {
  /** As SQL has it, quoted. */
  readonly name: string;
  readonly ddl: string;
  /** Makes rows of `n`, in the order of the columns. */
  readonly row: string;
  /** Sorts a dump, the same in both databases. */
  readonly key: string;
  /** What is compared, the same in both databases. */
  readonly columns: readonly string[];
  /** Says which rows are meant by a range of numbers. */
  readonly range: string;
  /** Sets columns that are no key. `$` is the step. */
  readonly change: string;
  /** Changes the key; the step makes it one that isn't taken. */
  readonly move?: string;
}

const number = (name: string, more: Partial<WorkTable>): WorkTable => ({
  name,
  ddl: "",
  row: "",
  key: "id",
  columns: ["id"],
  range: "id",
  change: "n = $",
  ...more,
});

/** See the module comment. */
export const TABLES: readonly WorkTable[] = [
  number("plain", {
    ddl: "id bigint PRIMARY KEY, n int, name varchar(80)",
    row: "n, 0, 'row ' || n",
    columns: ["id", "n", "name::text"],
    move: "id = id + $ * 1000000",
  }),
  number('"Pair of"', {
    ddl: 'x int, "Y y" text, n int, name text, PRIMARY KEY (x, "Y y")',
    row: `n, 'k' || n % 7, 0, E'tab\\t"q" \\\\ ü 😀'`,
    key: 'x, "Y y" COLLATE "C"',
    columns: ["x", '"Y y"', "n", "name"],
    range: "x",
    move: `"Y y" = "Y y" || '.'`,
  }),
  number("big", {
    ddl: "id bigint PRIMARY KEY, n int, big text",
    row: "n, 0, repeat('b' || n % 10, 1300)",
    columns: ["id", "n", "md5(big)"],
    move: "id = id + $ * 1000000",
  }),
  number("toast", {
    ddl: "id bigint PRIMARY KEY, n int, big text, raw bytea",
    row: "n, 0, repeat('t' || n % 10, 1300), " +
      "decode(repeat(md5(n::text), 80), 'hex')",
    columns: ["id", "n", "md5(big)", "md5(raw)"],
  }),
  number("part", {
    ddl: "id bigint, at date, n int, PRIMARY KEY (id, at)",
    row: "n, '2026-01-01'::date + n % 80, 0",
    key: "id, at",
    columns: ["id", "at", "n"],
    move: "at = '2026-01-01'::date + (id + $)::int % 80",
  }),
  number("types", {
    ddl: "id bigint PRIMARY KEY, n int, i2 smallint, i8 bigint, nu numeric, " +
      "nd numeric(12,3), r real, d double precision, b boolean, c char(5), " +
      "by bytea, da date, ti time, ts timestamp, tz timestamptz(3), iv interval, " +
      "u uuid, e mood, dm cents, ip cidr, rg int4range, bi bit(3), x xml, o oid, " +
      "mo money, mr int4multirange",
    row: "n, 0, n % 32768, 9007199254740993 + n, 'NaN', n * 1.001, n / 3.0, " +
      "1.0 / n, n % 2 = 0, lpad((n % 99999)::text, 5, 'x'), " +
      "decode(md5(n::text), 'hex'), " +
      "CASE n % 3 WHEN 0 THEN 'infinity' WHEN 1 THEN '0044-03-15 BC' " +
      "ELSE '2026-01-01' END::date, '23:59:59.999999', " +
      "'2026-01-01 00:00:00.000001'::timestamp + n * interval '1 day', " +
      "'2026-01-01 12:00+05'::timestamptz + n * interval '1 hour', " +
      "n * interval '1 month 2 days 3.5 seconds', md5(n::text)::uuid, " +
      "CASE n % 2 WHEN 0 THEN 'sad' ELSE 'it''s \"ok\"' END::mood, n * 0.01, " +
      "'10.0.0.0/24', int4range(n, n + 5), '101', '<a>1</a>', n, " +
      "(n * -1000.25)::numeric::money, int4multirange(int4range(n, n + 2), " +
      "int4range(n + 5, NULL))",
    columns: [
      ..."id n i2 i8 nu nd r d b by da ti ts tz iv u".split(" "),
      ..."c e dm ip rg bi x o mr".split(" ").map((name) => `${name}::text`),
      "mo::numeric",
    ],
  }),
  number("sales.guid", {
    ddl: "id uuid PRIMARY KEY, num bigint, n int",
    row: "md5(n::text)::uuid, n, 0",
    columns: ["id", "num", "n"],
    range: "num",
    move: "id = md5(id::text || $)::uuid",
  }),
  number("exact", {
    ddl: "id numeric(20,4) PRIMARY KEY, n numeric, f float8",
    row:
      "n + 0.0001, 0, CASE n % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' " +
      "ELSE n / 7.0 END::float8",
    columns: ["id", "n", "f"],
    change: "n = $ / 3.0",
    move: "id = id + $ * 1000000",
  }),
  number("lists", {
    ddl: "id bigint PRIMARY KEY, n int, a int[], t text[], tz timestamptz[]",
    row: `n, 0, ARRAY[1, NULL, n], ARRAY['a,b', NULL, 'NULL', E'q"\\\\{}'], ` +
      "ARRAY['infinity'::timestamptz, '2026-01-01 00:00+00']",
    columns: ["id", "n", "a", "t", "tz"],
    change: "n = $, a = a || $",
  }),
  number("docs", {
    ddl: "id bigint PRIMARY KEY, n int, j json, jb jsonb",
    row: `n, 0, '{"b": 1, "a": [1.50, null]}', ` +
      "jsonb_build_object('n', n, 'big', 123456789012345678901234567890)",
    columns: ["id", "n", "j::jsonb", "jb"],
    change: "n = $, jb = jb || jsonb_build_object('s', $)",
  }),
  number("emptied", {
    ddl: "id bigint PRIMARY KEY, n int",
    row: "n, 0",
    columns: ["id", "n"],
    move: "id = id + $ * 1000000",
  }),
  number("altered", {
    ddl: "id bigint PRIMARY KEY, n int, name text",
    row: "n, 0, 'before'",
    columns: ["id", "n"],
  }),
];

const TYPES = `CREATE SCHEMA sales;
  CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"');
  CREATE DOMAIN cents AS numeric(10,2);`;

/** The tables, with rows for a snapshot that takes a moment. */
export function makeTables(rows: number): string {
  const tables = TABLES.map(({ name, ddl, row }) => {
    const partitioned = name === "part" ? " PARTITION BY RANGE (at)" : "";
    const columns = columnsOf(ddl);
    return `CREATE TABLE ${name} (${ddl})${partitioned}; ${
      name === "part" ? PARTITIONS : ""
    } INSERT INTO ${name} (${columns}) SELECT ${row} ` +
      `FROM generate_series(1, ${rows}) n;`;
  });
  return `${TYPES} ${tables.join("\n")}
    ALTER TABLE toast ALTER big SET STORAGE EXTERNAL;
    ALTER TABLE big ALTER big SET STORAGE EXTERNAL;
    ALTER TABLE big REPLICA IDENTITY FULL;`;
}

const PARTITIONS = ["01", "02", "03"].map((month, i) =>
  `CREATE TABLE part_${month} PARTITION OF part FOR VALUES FROM ` +
  `('2026-${month}-01') TO ('2026-0${i + 2}-01');`
).join(" ");

function columnsOf(ddl: string): string {
  return ddl.split(/, (?![^(]*\))/).map((part) =>
    /^("[^"]+"|\S+)/.exec(part)![1]
  ).filter((name) => name !== "PRIMARY").join(", ");
}

/** What the application does next. */
export function nextStatement(
  random: () => number,
  step: number,
  rows: number,
): string {
  const table = TABLES[Math.floor(random() * TABLES.length)];
  const from = Math.floor(random() * rows) + 1;
  const range = (length: number) => `BETWEEN ${from} AND ${from + length}`;
  const put = (text: string) => text.replaceAll("$", String(step));
  const { name, row, ddl, change, move } = table;
  const inserts = (count: number) =>
    `INSERT INTO ${name} (${columnsOf(ddl)}) SELECT ${row} FROM ` +
    `generate_series(${from}, ${from + count}) n ON CONFLICT DO NOTHING`;
  switch (Math.floor(random() * 12)) {
    case 0:
    case 1:
      return `DELETE FROM ${name} WHERE ${table.range} ${range(200)}`;
    case 2:
    case 3:
      return inserts(600);
    case 4:
    case 5:
      return move === undefined
        ? inserts(300)
        : `UPDATE ${name} SET ${put(move)} WHERE ${table.range} ${range(150)}`;
    case 6:
      return `BEGIN; UPDATE ${name} SET ${put(change)} WHERE ${table.range} ` +
        `${range(300)}; SAVEPOINT s; DELETE FROM ${name}; ROLLBACK TO s; ` +
        `${inserts(100)}; COMMIT`;
    case 7:
      return `BEGIN; DELETE FROM ${name}; ROLLBACK; ` +
        `UPDATE ${name} SET ${put(change)} WHERE ${table.range} ${range(300)}`;
    case 8:
      return `BEGIN; TRUNCATE emptied; INSERT INTO emptied SELECT n, ${step} ` +
        `FROM generate_series(1, 300) n; COMMIT`;
    case 9:
      return alteration(random, step);
    default:
      return `UPDATE ${name} SET ${put(change)} WHERE ${table.range} ` +
        range(400);
  }
}

/** A new column begins with nothing in it, as it does at the destination. */
function alteration(random: () => number, step: number): string {
  switch (Math.floor(random() * 3)) {
    case 0:
      return `ALTER TABLE altered ADD c${step} text; ` +
        `UPDATE altered SET c${step} = 'x' WHERE id < 300`;
    case 1:
      return "BEGIN; ALTER TABLE altered DROP name; ALTER TABLE altered " +
        `ADD name text; UPDATE altered SET name = 'again ${step}'; COMMIT`;
    default:
      return `ALTER TABLE altered ALTER n TYPE ` +
        `${random() < 0.5 ? "bigint" : "integer"}; ` +
        `INSERT INTO altered (id, n) VALUES (${-step - 10}, ${step})`;
  }
}

/** One transaction that is larger than every buffer. */
export function largeTransaction(step: number): string {
  return `BEGIN; UPDATE plain SET n = ${step}; UPDATE toast SET n = ${step}; ` +
    `UPDATE types SET n = ${step}; COMMIT`;
}
