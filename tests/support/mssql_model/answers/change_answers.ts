/**
 * Answers about changes: rows of a change table in their order.
 *
 * @module
 */

import {
  changes,
  type ChangesShape,
  type ReadFrom,
  type ReadRange,
} from "../../../../providers/mssql/input/statements/mod.ts";
import type { AnswerPart, Column, Row } from "../../tds/answer.ts";
import type { SqlValue } from "../../tds/column_type.ts";
import { invalidObjectName, SqlServerError } from "../../tds/errors.ts";
import {
  type CaptureInstance,
  type ChangeRow,
  Operation,
} from "../capture_instance.ts";
import { compareBytes, toHex } from "../lsn.ts";
import {
  type Answerer,
  bytesParameter,
  expectCdc,
  expectStatement,
  minLsn,
  type Question,
  unquoteName,
  unquoteText,
} from "../question.ts";
import {
  asCaptured,
  readSelectItem,
  type SelectItem,
} from "../select_items.ts";
import { columns } from "./columns.ts";
import { dateTime } from "./times.ts";

/** By tag. */
export const CHANGE_ANSWERS: Readonly<Record<string, Answerer>> = {
  changes: (question) => answer(question, "after"),
  "changes within": (question) => answer(question, "within"),
  "changes within_seqval": (question) => answer(question, "within_seqval"),
};

/** What is read of a statement. */
interface Reading {
  readonly instance: CaptureInstance;
  readonly instanceName: string;
  readonly shape: ChangesShape;
  readonly range: ReadRange;
  readonly items: readonly SelectItem[];
}

async function* answer(
  question: Question,
  kind: ReadFrom["kind"],
): AsyncGenerator<AnswerPart> {
  const reading = read(question, kind);
  expectStatement(question, changes(reading.shape, reading.range));
  expectCdc(question, reading.shape.changeTable);
  expectCommandId(question);
  const before = minLsn(question, reading.instanceName);
  await question.meet("before_rows");
  yield* results(question, reading);
  await question.meet("after_rows");
  yield {
    columns: columns("min_before binary(10), min_after binary(10)"),
    rows: [[before, minLsn(question, reading.instanceName)]],
  };
}

function read(question: Question, kind: ReadFrom["kind"]): Reading {
  const { sql, database } = question;
  const changeTable = unquoteName(
    /FROM \[cdc\]\.(\[.*?\]) AS c\b/.exec(sql)![1],
  );
  const instance = database.instances.find((one) =>
    one.changeTable === changeTable
  );
  if (instance === undefined) throw invalidObjectName(`cdc.${changeTable}`);
  const name = /fn_cdc_get_min_lsn\(N'((?:[^']|'')*)'\)/.exec(sql)![1];
  const list = selectList(sql).filter((item) => !item.includes("[__$"));
  const items = list.map((item) => readSelectItem(item, instance.columns));
  const instanceName = unquoteText(name);
  return {
    instance,
    instanceName,
    items,
    shape: shapeOf(sql, instanceName, instance, items),
    range: rangeOf(question, kind),
  };
}

/** Items stand in lines of their own after the first four. */
function selectList(sql: string): string[] {
  const list = /SELECT TOP \(@top\) ([\s\S]*?)\nFROM \[cdc\]/.exec(sql)![1];
  return list.split(",\n  ");
}

function shapeOf(
  sql: string,
  captureInstance: string,
  instance: CaptureInstance,
  items: readonly SelectItem[],
): ChangesShape {
  return {
    captureInstance,
    changeTable: instance.changeTable,
    columns: items.map(({ source }) =>
      asCaptured(source, instance.columns.indexOf(source) + 1)
    ),
    withBeforeImage: !sql.includes("[__$operation] IN (1, 2, 4)"),
    withUpdateMask: sql.includes("[__$update_mask]"),
    withCommitTime: sql.includes("[__$commit_time]"),
  };
}

function rangeOf(question: Question, kind: ReadFrom["kind"]): ReadRange {
  return {
    from: fromOf(question, kind),
    untilLsn: bytesParameter(question, "until"),
    maxRows: Number(question.params.top),
  };
}

function fromOf(question: Question, kind: ReadFrom["kind"]): ReadFrom {
  const lsn = bytesParameter(question, "lsn");
  if (kind === "after") return { kind, lsn };
  const seqval = bytesParameter(question, "seqval");
  if (kind === "within_seqval") return { kind, lsn, seqval };
  const { command, operation } = question.params;
  return {
    kind,
    lsn,
    seqval,
    commandId: Number(command),
    operation: Number(operation),
  };
}

function expectCommandId({ database }: Question): void {
  if (database.hasCommandId) return;
  throw new SqlServerError({
    number: 207,
    message: "Invalid column name '__$command_id'.",
  });
}

function* results(
  question: Question,
  reading: Reading,
): Generator<AnswerPart> {
  const { from, maxRows } = reading.range;
  const columns = resultColumns(reading);
  let rest = maxRows;
  if (from.kind !== "after") {
    const rows = selectRows(reading, withinTransaction(reading), maxRows);
    rest -= rows.length;
    yield { columns, rows: toRows(question, reading, rows) };
  }
  const rows = selectRows(reading, above(reading), rest);
  yield { columns, rows: toRows(question, reading, rows) };
}

/** The rest of the transaction `from` is in. */
function* withinTransaction(
  { instance, range: { from, untilLsn } }: Reading,
): Generator<ChangeRow> {
  if (compareBytes(from.lsn, untilLsn) > 0) return;
  const end = instance.firstAbove(from.lsn);
  for (let i = instance.firstAtOrAbove(from.lsn); i < end; i++) {
    if (isBehind(instance.changes[i], from)) yield instance.changes[i];
  }
}

function isBehind(row: ChangeRow, from: ReadFrom): boolean {
  if (from.kind === "after") return false;
  const bySeqval = compareBytes(row.seqval, from.seqval);
  if (from.kind === "within_seqval") return bySeqval >= 0;
  if (row.commandId !== from.commandId) return row.commandId > from.commandId;
  return bySeqval !== 0 ? bySeqval > 0 : row.operation > from.operation;
}

/** All later transactions up to the last that is asked for. */
function* above(
  { instance, range: { from, untilLsn } }: Reading,
): Generator<ChangeRow> {
  const end = instance.firstAbove(untilLsn);
  for (let i = instance.firstAbove(from.lsn); i < end; i++) {
    yield instance.changes[i];
  }
}

function selectRows(
  { shape }: Reading,
  candidates: Iterable<ChangeRow>,
  maxRows: number,
): ChangeRow[] {
  const rows: ChangeRow[] = [];
  if (maxRows <= 0) return rows;
  for (const row of candidates) {
    if (!shape.withBeforeImage && row.operation === Operation.before) continue;
    rows.push(row);
    if (rows.length >= maxRows) break;
  }
  return rows;
}

function resultColumns({ shape, items }: Reading): Column[] {
  return [
    { name: "__$start_lsn", type: "binary(10)", isNullable: false },
    { name: "__$command_id", type: "int" },
    { name: "__$seqval", type: "binary(10)", isNullable: false },
    { name: "__$operation", type: "int", isNullable: false },
    ...(shape.withUpdateMask ? columns("__$update_mask varbinary(128)") : []),
    ...(shape.withCommitTime ? columns("__$commit_time varchar(23)") : []),
    ...items.map(({ column }) => column),
  ];
}

/** In two halves, between which something may happen. */
async function* toRows(
  question: Question,
  reading: Reading,
  rows: readonly ChangeRow[],
): AsyncGenerator<Row> {
  const toRow = rowMaker(question, reading);
  const middle = rows.length >> 1;
  for (let i = 0; i < middle; i++) yield toRow(rows[i]);
  await question.meet("in_rows");
  for (let i = middle; i < rows.length; i++) yield toRow(rows[i]);
}

function rowMaker(
  question: Question,
  { instance, shape, items }: Reading,
): (row: ChangeRow) => Row {
  const places = items.map(({ source }) => instance.columns.indexOf(source));
  const times = shape.withCommitTime ? commitTimes(question) : undefined;
  return ({ startLsn, commandId, seqval, operation, updateMask, values }) => {
    const row: SqlValue[] = [startLsn, commandId, seqval, operation];
    if (shape.withUpdateMask) row.push(updateMask);
    if (times !== undefined) row.push(times.get(toHex(startLsn)) ?? null);
    for (let i = 0; i < items.length; i++) {
      row.push(items[i].convert(values[places[i]]));
    }
    return row;
  };
}

/** In UTC: the statement takes today's offset off the server's local time. */
function commitTimes({ database }: Question): Map<string, string> {
  return new Map(
    database.mapping.map(({ lsn, endedAtMs }) => [
      toHex(lsn),
      dateTime(endedAtMs),
    ]),
  );
}
