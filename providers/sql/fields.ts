/**
 * The config keys that every output of a database has, and what they can't say
 * together.
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
import { checkTemplates } from "@dstream/sdk/service";
import { checkColumns } from "./column_map.ts";

/** Shared by all dialects. */
export const sqlFields = {
  mode: oneOf(["upsert", "insert", "append_changes"], {
    doc: "What becomes of a change: the row as it is now, by its key; a new " +
      "row, where none is there yet; or one row of a history for each change",
    default: "upsert",
  }),
  table: string({
    doc: "The table a row goes to, with expressions as {metadata.table} or " +
      "{data.region}",
    default: "{metadata.table}",
  }),
  key: list(string({ doc: "A column's name" }), {
    doc: "The columns that identify a row; left out, those the change names, " +
      "else the table's primary key",
    optional: true,
    example: ["id"],
  }),
  delete: oneOf(["row", "soft", "ignore"], {
    doc: "What a delete does: removes the row, sets the column " +
      "deleted_column, or nothing",
    default: "row",
  }),
  deletedColumn: string({
    doc: 'The boolean column that delete = "soft" sets',
    default: "_deleted",
  }),
  truncate: oneOf(["apply", "ignore", "fail"], {
    doc: "What emptying a table at the source does: empties it here, " +
      "nothing, or ends the task",
    default: "apply",
  }),
  guard: oneOf(["none", "position"], {
    doc: "position: a row keeps the place of its last change at the source " +
      "in position_column, and an older change never overwrites a newer one",
    default: "none",
  }),
  positionColumn: string({
    doc: 'The text column that guard = "position" keeps',
    default: "_position",
  }),
  createTables: oneOf(["schema", "rows", "never"], {
    doc: "Whether a missing table is made: from the schema its input sends, " +
      "also from the first rows where there is none, or never",
    default: "schema",
  }),
  addColumns: boolean({
    doc: "Whether a column that is missing in a table is added, nullable. " +
      "Nothing is ever dropped or changed",
    default: true,
  }),
  columns: object({
    include: list(string({ doc: "A column at the source" }), {
      doc: "The columns that are kept; left out, all of them",
      optional: true,
    }),
    exclude: list(string({ doc: "A column at the source" }), {
      doc: "Columns that are left out",
      optional: true,
    }),
    rename: map(string({ doc: "What the table calls it" }), {
      doc: "Names of columns at the source, and what the table calls them",
      optional: true,
    }),
    add: map(string({ doc: "Its value" }), {
      doc:
        "Columns that the source doesn't have: a text, with expressions as " +
        "{metadata.position} or {data.region}; null where one has no value",
      optional: true,
    }),
  }, {
    doc: "Which columns a table gets, and what it calls them. key and others " +
      "that name columns mean the table's names",
    optional: true,
    example: {
      exclude: ["note"],
      rename: { total: "amount" },
      add: { loaded_from: "{metadata.table}" },
    },
  }),
  checkpointTable: string({
    doc: "A table that keeps the newest position of each source table, " +
      "written with the rows: what comes again after a crash is left out, so " +
      "a change is taken exactly once. Changes need a position",
    optional: true,
    example: "dstream_checkpoints",
  }),
  batchSize: integer({
    doc: "The most envelopes of one transaction",
    default: 5000,
    min: 1,
    max: 100_000,
    unit: "envelopes",
  }),
  flushInterval: duration({
    doc: "How long rows may wait for others, so that fewer and larger " +
      "transactions are made; they are acknowledged after it. 0: a row waits " +
      "while others come, 50 ms at most. batch_size ends the waiting",
    default: 0,
    min: 0,
    max: 3_600_000,
  }),
  retryTimeout: duration({
    doc: "How long a deadlock, a lock or a lost connection is tried again " +
      "before the provider gives up and is started anew",
    default: "2m",
    min: 0,
    max: 3_600_000,
  }),
};

/** The values of these keys. */
export type SqlConfig = Config<typeof sqlFields>;

/** Mistakes that no single key can see. */
export function* checkSql(config: SqlConfig): Generator<ConfigProblem> {
  yield* checkTemplates({ table: config.table });
  yield* checkColumns(config);
  if (config.mode !== "upsert" && config.guard === "position") {
    yield {
      path: "config.guard",
      message: `guard = "position" has no meaning with mode = "${config.mode}"`,
      hint: 'leave it out, or set mode = "upsert"',
    };
  }
  if (config.key?.length === 0) {
    yield {
      path: "config.key",
      message: "key names no column",
      hint: "leave it out for the key that the changes name",
    };
  }
}
