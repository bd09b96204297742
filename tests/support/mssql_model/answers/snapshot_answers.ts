/**
 * Answers about the present rows of a table, in chunks by its key.
 *
 * @module
 */

import {
  snapshotChunk,
  type SnapshotShape,
} from "../../../../providers/mssql/input/statements/mod.ts";
import type { KeyColumn } from "../../../../providers/mssql/input/encode/column_sql.ts";
import type { AnswerPart, Row } from "../../tds/answer.ts";
import {
  invalidObjectName,
  permissionDenied,
  SqlServerError,
} from "../../tds/errors.ts";
import { comparable, compareAll } from "../comparable.ts";
import { sysColumn } from "../model_column.ts";
import { columns } from "./columns.ts";
import { dateTime, serverTime } from "./times.ts";
import {
  type Answerer,
  expectStatement,
  type Question,
  UnknownStatement,
  unquotePath,
} from "../question.ts";
import {
  asCaptured,
  readSelectItem,
  type SelectItem,
} from "../select_items.ts";
import type { ModelTable, RowValues } from "../table.ts";

/** By tag. */
export const SNAPSHOT_ANSWERS: Readonly<Record<string, Answerer>> = {
  "first chunk": answerChunk,
  "next chunk": answerChunk,
};

async function* answerChunk(question: Question): AsyncGenerator<AnswerPart> {
  const table = findTable(question);
  const list = selectList(question.sql);
  const keys = list.filter((item) => / AS \[__\$key\d+\]$/.test(item));
  const keyItems = keys.map((item) => readSelectItem(item, table.columns));
  const items = list.filter((item) => !keys.includes(item))
    .map((item) => readSelectItem(item, table.columns));
  const shape = shapeOf(question, table, items);
  const after = afterKey(question);
  expectStatement(question, snapshotChunk(shape, after, maxRows(question)));
  expectAllowed(question, table, shape);
  await question.meet("before_rows");
  const cut = after?.map((text, index) =>
    shape.key[index].collation === null
      ? text
      : text.slice(0, shape.key[index].maxLengthBytes)
  );
  const rows = chunk(table, cut, maxRows(question));
  const all = [...keyItems, ...items];
  yield {
    columns: all.map(({ column }, index) =>
      index < keyItems.length
        ? { name: `__$key${index}`, type: "nvarchar(4000)" }
        : column
    ),
    rows: toRows(question, all, rows),
  };
  await question.meet("after_rows");
  yield {
    columns: columns("modified_at varchar(23)"),
    rows: [[dateTime(serverTime(table.modifiedAtMs))]],
  };
}

function findTable({ sql, database }: Question): ModelTable {
  const quoted = /\nFROM (\S.*) AS t\n/.exec(sql)?.[1];
  if (quoted === undefined) throw new UnknownStatement(sql);
  const path = unquotePath(quoted);
  const table = database.tables.get(path);
  if (table === undefined) throw invalidObjectName(path);
  return table;
}

function selectList(sql: string): string[] {
  const list = /SELECT TOP \(@top\) ([\s\S]*?)\nFROM \[/.exec(sql);
  if (list === null) throw new UnknownStatement(sql);
  return list[1].split(",\n  ");
}

function shapeOf(
  { sql }: Question,
  table: ModelTable,
  items: readonly SelectItem[],
): SnapshotShape {
  return {
    schemaName: table.schema,
    tableName: table.name,
    columns: items.map(({ source, declared }) =>
      asCaptured(
        { ...source, type: declared ?? source.type },
        table.columns.indexOf(source) + 1,
      )
    ),
    key: table.key.map((name, index) =>
      keyColumn(table, name, keyType(sql, index))
    ),
    isSnapshotIsolated: sql.includes("ISOLATION LEVEL SNAPSHOT"),
  };
}

/** The type a key is compared in, which may be older than the column's. */
function keyType(sql: string, index: number): string | undefined {
  const pattern = new RegExp(String.raw`CONVERT\((\w+\(\d+\)), @key${index}\b`);
  return pattern.exec(sql)?.[1];
}

function keyColumn(
  table: ModelTable,
  name: string,
  declared: string | undefined,
): KeyColumn {
  const { type, collation } = table.column(name);
  const isText = /^(var)?char\(/.test(type);
  const known = sysColumn(isText ? declared ?? type : type);
  return {
    name,
    ...known,
    collation: isText
      ? collation?.name ?? "SQL_Latin1_General_CP1_CI_AS"
      : null,
  };
}

function afterKey({ params }: Question): string[] | undefined {
  const values: string[] = [];
  for (let i = 0; `key${i}` in params; i++) {
    values.push(String(params[`key${i}`]));
  }
  return values.length === 0 ? undefined : values;
}

function maxRows({ params }: Question): number {
  return Number(params.top);
}

function expectAllowed(
  { database }: Question,
  table: ModelTable,
  { isSnapshotIsolated }: SnapshotShape,
): void {
  if (!database.rights.selectsTables) {
    throw permissionDenied("SELECT", table.name, database.name, table.schema);
  }
  if (!isSnapshotIsolated || database.isSnapshotIsolationOn) return;
  throw new SqlServerError({
    number: 3952,
    message:
      `Snapshot isolation transaction failed accessing database '${database.name}' because snapshot isolation is not allowed in this database.`,
  });
}

function chunk(
  table: ModelTable,
  after: readonly string[] | undefined,
  count: number,
): RowValues[] {
  const rows = table.sortedRows();
  if (after === undefined) return rows.slice(0, count);
  const bound = after.map((text, index) =>
    comparable(text, table.column(table.key[index]).type)
  );
  return rows.filter((row) => compareAll(table.keyOf(row), bound) > 0)
    .slice(0, count);
}

async function* toRows(
  question: Question,
  items: readonly SelectItem[],
  rows: readonly RowValues[],
): AsyncGenerator<Row> {
  const middle = rows.length >> 1;
  for (const [index, row] of rows.entries()) {
    if (index === middle) await question.meet("in_rows");
    yield items.map(({ source, convert }) => convert(row[source.name] ?? null));
  }
}
