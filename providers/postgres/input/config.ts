/**
 * The keys of `input { provider = "postgres" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  integer,
  list,
  map,
  object,
  oneOf,
  string,
} from "@dstream/sdk";
import { checkConnection, connectionFields } from "../connection/fields.ts";
import { parseTablePattern } from "../names.ts";

const NAME = {
  regexp: /^[a-z0-9_]{1,63}$/,
  says: "must have small letters, digits and _ alone, 63 at most",
};

const columnsOf = (what: string) =>
  list(string({ doc: "A column's name" }), { doc: what, optional: true });

const tableName = string({
  doc: "A table, schema.table, or a pattern with *",
});

const CONDITION = {
  regexp: /^[^\0]*\S[^\0]*$/,
  says: "must be a condition such as region = 'eu'",
};

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  tables: list(tableName, {
    doc: "The tables to read; a name without a schema is in public, and * " +
      "stands for any characters",
    minItems: 1,
    example: ["orders", "sales.*"],
  }),
  exclude: list(tableName, {
    doc: "Tables that are not read although a pattern means them",
    optional: true,
    example: ["sales.*_old"],
  }),
  rowFilters: map(
    string({ doc: "A condition of SQL", pattern: CONDITION }),
    {
      doc:
        "Which rows of a table are read, by table: the publication gets the " +
        "condition (PostgreSQL 15 and later); docs/postgres.md",
      optional: true,
      example: { orders: "region = 'eu'" },
    },
  ),
  slot: string({
    doc: "The replication slot: where the server remembers how far was read. " +
      "One reader each",
    default: "dstream",
    pattern: NAME,
  }),
  publication: string({
    doc: "The publication: which tables' changes are sent",
    default: "dstream",
    pattern: {
      regexp: /^[^\0]{1,63}$/,
      says: "must have 1 to 63 characters",
    },
  }),
  create: boolean({
    doc: "Whether a run makes the publication and the slot when they are " +
      "missing; false: only `dstream init` does",
    default: true,
  }),
  failover: boolean({
    doc: "Whether a slot that is made is kept on standbys too " +
      "(PostgreSQL 17 and later)",
    default: false,
  }),
  snapshot: oneOf(["initial", "never", "only", "when_needed"], {
    doc:
      "Whether a table's rows are read before its changes: when nothing of " +
      "it was read yet, never, nothing but that, or also after a gap",
    default: "initial",
  }),
  snapshotReaders: integer({
    doc: "How many tables are read at the same time",
    default: 2,
    min: 1,
    max: 32,
    unit: "connections",
  }),
  onGap: oneOf(["fail", "snapshot", "continue"], {
    doc: "What to do when the slot is gone or the server has removed what it " +
      "needs, or a table's name belongs to another table: stop, read all " +
      "rows (of that table) anew, or go on behind the gap with an envelope " +
      "that says so",
    default: "fail",
  }),
  truncate: oneOf(["send", "fail", "ignore"], {
    doc: "What to do when a table is emptied by TRUNCATE",
    default: "send",
  }),
  messages: list(string({ doc: "A prefix; a * at its end for any ending" }), {
    doc:
      "Messages of pg_logical_emit_message that become envelopes, by their " +
      "prefix: an outbox without a table",
    optional: true,
    example: ["outbox.*"],
  }),
  signals: boolean({
    doc: "Whether a message of pg_logical_emit_message with the prefix " +
      "dstream.read makes the run read that table again; docs/postgres.md",
    default: true,
  }),
  heartbeat: duration({
    doc: "How often a message is written into the log so that the slot moves " +
      "on a quiet database; 0: never",
    default: 0,
    max: 3_600_000,
  }),
  follow: boolean({
    doc: "Whether to go on when all that was committed at the start is read; " +
      "false ends there, for runs by a schedule",
    default: true,
  }),
  columns: map(
    object({
      include: columnsOf("The columns to read; left out, all of them"),
      exclude: columnsOf("Columns that are left out"),
      mask: columnsOf('Columns whose values are replaced by "***"'),
    }, { doc: "Columns of one table" }),
    {
      doc: "Which columns are read, by table",
      optional: true,
      example: { customers: { exclude: ["photo"], mask: ["email"] } },
    },
  ),
  metadata: map(string({ doc: "A value" }), {
    doc: "Added to the metadata of every envelope",
    optional: true,
    example: { shop: "north" },
  }),
};

/** What the parser yields. */
export type PostgresConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: PostgresConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  const names = [
    ...values.tables.map((text, i) => [`tables[${i}]`, text]),
    ...(values.exclude ?? []).map((text, i) => [`exclude[${i}]`, text]),
    ...Object.keys(values.columns ?? {}).map((text) => ["columns", text]),
    ...Object.keys(values.rowFilters ?? {}).map((
      text,
    ) => ["row_filters", text]),
  ];
  for (const [path, text] of names) {
    if (parseTablePattern(text) !== undefined) continue;
    yield {
      path: `config.${path}`,
      message: `${path} must be a table such as orders or sales.orders, got ` +
        JSON.stringify(text),
      hint: 'names with dots go in quotes: "my.schema"."a table"',
    };
  }
}
