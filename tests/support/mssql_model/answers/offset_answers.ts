/**
 * Answers about the offsets table.
 *
 * @module
 */

import {
  ADDED_COLUMNS,
  createOffsets,
  extendOffsets,
  moveOffsets,
  type NewOffset,
  offsetsColumns,
  type OffsetsTable as OffsetsName,
  readOffsets,
  takeOffset,
} from "../../../../providers/mssql/input/statements/mod.ts";
import type { AnswerPart, Row } from "../../tds/answer.ts";
import type { SqlValue } from "../../tds/column_type.ts";
import { invalidObjectName, SqlServerError } from "../../tds/errors.ts";
import {
  offsetColumnType,
  type OffsetRow,
  OffsetsTable,
} from "../offsets_table.ts";
import { ZERO_LSN } from "../lsn.ts";
import {
  type Answerer,
  bytesParameter,
  expectStatement,
  expectWritable,
  findAll,
  type Question,
  UnknownStatement,
  unquoteName,
  unquotePath,
} from "../question.ts";
import { columns } from "./columns.ts";
import { dateTime, serverTime } from "./times.ts";

/** By tag. */
export const OFFSET_ANSWERS: Readonly<Record<string, Answerer>> = {
  "offsets columns": answerColumns,
  "create offsets": answerCreate,
  "extend offsets": answerExtend,
  "read offsets": answerRead,
  "take offset": answerTake,
  "move offsets": answerMove,
};

const ALL_COLUMNS = [
  "table_name",
  "last_lsn",
  "last_seq",
  "updated_at",
  ...Object.keys(ADDED_COLUMNS),
];

/** The name as it stands in a statement. */
function nameIn(quoted: string): OffsetsName {
  const [first, second] = quoted.match(/\[(?:[^\]]|\]\])*\]/g)!.map(
    unquoteName,
  );
  return second === undefined
    ? { tableName: first }
    : { schemaName: first, tableName: second };
}

function pathIn(sql: string, before: string): string {
  const pattern = new RegExp(
    String.raw`${before} ((?:\[(?:[^\]]|\]\])*\]\.?)+)`,
  );
  const quoted = pattern.exec(sql)?.[1];
  if (quoted === undefined) throw new UnknownStatement(sql);
  return quoted;
}

function find({ database }: Question, quoted: string): OffsetsTable {
  const path = unquotePath(quoted);
  const table = database.offsets.get(path);
  if (table === undefined) throw invalidObjectName(path);
  return table;
}

function* answerColumns(question: Question): Generator<AnswerPart> {
  const quoted = String(question.params.table);
  expectStatement(question, offsetsColumns(nameIn(quoted)));
  const table = question.database.offsets.get(unquotePath(quoted));
  yield {
    columns: columns("name nvarchar(128)"),
    rows: (table?.columns ?? []).map((name): Row => [name]),
  };
}

function* answerCreate(question: Question): Generator<AnswerPart> {
  const quoted = pathIn(question.sql, "CREATE TABLE");
  expectStatement(question, createOffsets(nameIn(quoted)));
  expectWritable(question);
  expectCreator(question, "CREATE TABLE");
  const path = unquotePath(quoted);
  if (question.database.offsets.has(path)) {
    throw new SqlServerError({
      number: 2714,
      state: 6,
      message: `There is already an object named '${path}' in the database.`,
    });
  }
  question.database.offsets.set(path, new OffsetsTable(ALL_COLUMNS));
  yield { affected: 0 };
}

function expectCreator({ database }: Question, right: string): void {
  if (database.rights.creates) return;
  throw new SqlServerError({
    number: 262,
    severity: 14,
    message: `${right} permission denied in database '${database.name}'.`,
  });
}

function* answerExtend(question: Question): Generator<AnswerPart> {
  const quoted = pathIn(question.sql, "ALTER TABLE");
  const added = question.sql.split(" ADD ")[1];
  const names = findAll(added, /(\[\w+\]) \w/g).map(unquoteName);
  expectStatement(question, extendOffsets(nameIn(quoted), names));
  expectWritable(question);
  expectCreator(question, "ALTER TABLE");
  const table = find(question, quoted);
  for (const name of names) table.addColumn(name);
  yield { affected: 0 };
}

function* answerRead(question: Question): Generator<AnswerPart> {
  const quoted = pathIn(question.sql, "FROM");
  const missing = findAll(question.sql, /NULL AS (\[\w+\])/g).map(unquoteName);
  expectStatement(question, readOffsets(nameIn(quoted), missing));
  const table = find(question, quoted);
  table.expectColumns(ALL_COLUMNS.filter((name) => !missing.includes(name)));
  yield result(table.sorted());
}

/** The row as the statements select it. */
function result(rows: readonly OffsetRow[]): AnswerPart {
  return {
    columns: ALL_COLUMNS.map((name) => ({
      name,
      type: name === "updated_at" ? "varchar(23)" : offsetColumnType(name),
    })),
    rows: rows.map((row) => ALL_COLUMNS.map((name) => row[name] ?? null)),
  };
}

function* answerTake(question: Question): Generator<AnswerPart> {
  const quoted = pathIn(question.sql, "MERGE");
  const { key, owner } = question.params;
  const built = takeOffset(nameIn(quoted), String(key), String(owner));
  expectStatement(question, built);
  expectWritable(question);
  const table = find(question, quoted);
  table.expectColumns(ALL_COLUMNS);
  const row = table.get(String(key));
  if (row !== undefined && row.owner !== null && row.owner !== owner) {
    return yield result([]);
  }
  if (row === undefined) {
    table.put({
      table_name: String(key),
      last_lsn: ZERO_LSN,
      updated_at: now(question),
      generation: 1n,
      owner,
    });
  } else {
    row.generation = BigInt(row.generation as bigint) + 1n;
    row.owner = owner;
  }
  yield result([table.get(String(key))!]);
}

function now({ database }: Question): string {
  return dateTime(serverTime(database.now()));
}

function* answerMove(question: Question): Generator<AnswerPart> {
  const quoted = pathIn(question.sql, "MERGE");
  const offsets = readNew(question);
  expectStatement(question, moveOffsets(nameIn(quoted), offsets));
  expectWritable(question);
  const table = find(question, quoted);
  table.expectColumns(ALL_COLUMNS);
  const moved = offsets.filter((offset) => move(question, table, offset));
  yield {
    columns: columns("table_name nvarchar(255)"),
    rows: moved.map(({ key }): Row => [key]),
  };
}

function readNew(question: Question): NewOffset[] {
  const offsets: NewOffset[] = [];
  for (let i = 0; `key${i}` in question.params; i++) {
    const get = (name: string): SqlValue => question.params[`${name}${i}`];
    offsets.push({
      key: String(get("key")),
      generation: BigInt(get("generation") as bigint),
      lsn: bytesParameter(question, `lsn${i}`),
      seqval: get("seqval") as Uint8Array | null,
      commandId: get("command") as number | null,
      operation: get("operation") as number | null,
      snapshot: get("snapshot") as string | null,
    });
  }
  return offsets;
}

function move(
  question: Question,
  table: OffsetsTable,
  offset: NewOffset,
): boolean {
  const row = table.get(offset.key);
  if (row === undefined) return false;
  if (BigInt(row.generation as bigint) !== offset.generation) return false;
  row.last_lsn = offset.lsn;
  row.last_seq = offset.seqval;
  row.last_command = offset.commandId;
  row.last_operation = offset.operation;
  row.snapshot = offset.snapshot;
  row.updated_at = now(question);
  return true;
}
