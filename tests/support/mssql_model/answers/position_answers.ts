/**
 * Answers about LSNs: what is new, and how far behind a reader is.
 *
 * @module
 */

import { lag, poll } from "../../../../providers/mssql/input/statements.ts";
import type { AnswerPart, Row } from "../../tds/answer.ts";
import { invalidObjectName } from "../../tds/errors.ts";
import { compareBytes, type Lsn } from "../lsn.ts";
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
  const rows = polled.map((one, index): Row => [
    index,
    minLsn(question, one.captureInstance),
    nextLsn(question, one, max),
  ]);
  yield {
    columns: columns("ordinal int, min_lsn binary(10), next_lsn binary(10)"),
    rows,
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
  const lagging = instances.map((captureInstance, index) => ({
    captureInstance,
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
    rows: lagging.map(({ captureInstance, lsn }, index): Row => [
      index,
      minLsn(question, captureInstance),
      max,
      ...behind(question, lsn),
      age === null ? null : BigInt(age),
    ]),
  };
}

/** How many transactions above an LSN, and seconds since the oldest of them. */
function behind(question: Question, lsn: Uint8Array): [bigint, bigint] {
  const missed = question.database.mapping.filter((one) =>
    !one.isIdle && compareBytes(one.lsn, lsn) > 0
  );
  const oldest = missed.length === 0
    ? null
    : Math.min(...missed.map(({ endedAtMs }) => endedAtMs));
  return [
    BigInt(missed.length),
    BigInt(secondsSince(question, oldest) ?? 0),
  ];
}
