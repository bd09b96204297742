/**
 * Answers about LSNs: what is new, and how far behind a reader is.
 *
 * @module
 */

import { lag, poll } from "../../../../providers/mssql/input/statements/mod.ts";
import type { AnswerPart, Row } from "../../tds/answer.ts";
import { invalidObjectName } from "../../tds/errors.ts";
import { compareBytes, type Lsn, toHex } from "../lsn.ts";
import {
  type Answerer,
  bytesParameter,
  expectCdc,
  expectStatement,
  findAll,
  maxLsn,
  minLsn,
  type Question,
  secondsSince,
  timeOf,
  unquoteName,
  unquoteText,
} from "../question.ts";
import { columns } from "./columns.ts";
import { dateTime, serverTime } from "./times.ts";

/** By tag. */
export const POSITION_ANSWERS: Readonly<Record<string, Answerer>> = {
  poll: answerPoll,
  lag: answerLag,
};

const MIN_LSN = /fn_cdc_get_min_lsn\(N'((?:[^']|'')*)'\) AS min_lsn/g;
const CHANGE_TABLE = /FROM \[cdc\]\.(\[(?:[^\]]|\]\])*\]) AS c/g;

interface Polled {
  readonly captureInstance: string;
  readonly changeTable: string;
  readonly afterLsn: Uint8Array;
}

async function* answerPoll(question: Question): AsyncGenerator<AnswerPart> {
  const polled = readPolled(question);
  expectStatement(question, poll(polled));
  const max = maxLsn(question);
  expectCdc(question, "change_tables");
  yield { columns: POLL_COLUMNS, rows: [pollRow(question, max)] };
  await question.meet("before_rows");
  await question.meet("in_rows");
  yield {
    columns: columns("ordinal int, next_lsn binary(10)"),
    rows: polled.map((one, index): Row => [
      index,
      nextLsn(question, one, max),
    ]),
  };
  await question.meet("after_rows");
  yield {
    columns: columns("ordinal int, min_lsn binary(10)"),
    rows: polled.map(({ captureInstance }, index): Row => [
      index,
      minLsn(question, captureInstance),
    ]),
  };
}

function readPolled(question: Question): Polled[] {
  const instances = findAll(question.sql, MIN_LSN).map(unquoteText);
  const changeTables = findAll(question.sql, CHANGE_TABLE).map(unquoteName);
  return instances.map((captureInstance, index) => ({
    captureInstance,
    changeTable: changeTables[index],
    afterLsn: bytesParameter(question, `after${index}`),
  }));
}

const POLL_COLUMNS = columns(
  "max_lsn binary(10), age_seconds bigint, instance_count int, newest_instance varchar(23), newest_ddl binary(10)",
);

function pollRow(question: Question, max: Lsn | null): Row {
  const { instances, ddlHistory } = question.database;
  const newest = Math.max(...instances.map(({ createdAtMs }) => createdAtMs));
  const age = secondsSince(question, timeOf(question, max));
  return [
    max,
    age === null ? null : BigInt(age),
    instances.length,
    instances.length === 0 ? null : dateTime(serverTime(newest)),
    ddlHistory.at(-1)?.lsn ?? null,
  ];
}

function nextLsn(
  { database }: Question,
  { changeTable, afterLsn }: Polled,
  max: Lsn | null,
): Lsn | null {
  const instance = database.instances.find((one) =>
    one.changeTable === changeTable
  );
  if (instance === undefined) throw invalidObjectName(`cdc.${changeTable}`);
  const next = instance.changes[instance.firstAbove(afterLsn)]?.startLsn;
  if (next === undefined || max === null) return null;
  return compareBytes(next, max) <= 0 ? next : null;
}

function* answerLag(question: Question): Generator<AnswerPart> {
  const instances = findAll(question.sql, MIN_LSN).map(unquoteText);
  const changeTables = findAll(question.sql, CHANGE_TABLE).map(unquoteName);
  const lagging = instances.map((captureInstance, index) => ({
    captureInstance,
    changeTable: changeTables[2 * index], // Each is counted, and looked at.
    lsn: bytesParameter(question, `lsn${index}`),
  }));
  expectStatement(question, lag(lagging));
  const max = maxLsn(question);
  expectCdc(question, "lsn_time_mapping");
  const age = secondsSince(question, timeOf(question, max));
  yield {
    columns: columns(
      "ordinal int, min_lsn binary(10), max_lsn binary(10), transactions_behind bigint, seconds_behind bigint, capture_age_seconds bigint",
    ),
    rows: lagging.map(({ captureInstance, changeTable, lsn }, index): Row => [
      index,
      minLsn(question, captureInstance),
      max,
      ...behind(question, changeTable, lsn),
      age === null ? null : BigInt(age),
    ]),
  };
}

/** How many of a table's transactions above an LSN, and seconds since the oldest. */
function behind(
  question: Question,
  changeTable: string,
  lsn: Uint8Array,
): [bigint, bigint] {
  const instance = question.database.instances.find((one) =>
    one.changeTable === changeTable
  );
  if (instance === undefined) throw invalidObjectName(`cdc.${changeTable}`);
  const missed = instance.changes.slice(instance.firstAbove(lsn));
  const lsns = new Set(missed.map(({ startLsn }) => toHex(startLsn)));
  const oldest = missed.length === 0 ? null : missed[0].startLsn;
  return [
    BigInt(lsns.size),
    BigInt(secondsSince(question, timeOf(question, oldest)) ?? 0),
  ];
}
