/**
 * Answers about application locks.
 *
 * @module
 */

import {
  heldLocks,
  releaseLock,
  takeLock,
} from "../../../../providers/mssql/input/statements/mod.ts";
import type { AnswerPart, Row } from "../../tds/answer.ts";
import { SqlServerError } from "../../tds/errors.ts";
import { type Answerer, expectStatement, type Question } from "../question.ts";
import { columns } from "./columns.ts";

/** By tag. */
export const LOCK_ANSWERS: Readonly<Record<string, Answerer>> = {
  "take lock": answerTake,
  "release lock": answerRelease,
  "held locks": answerHeld,
};

function* answerTake(question: Question): Generator<AnswerPart> {
  const resource = String(question.params.resource);
  expectStatement(question, takeLock(resource));
  const { database, session } = question;
  yield {
    columns: columns("result int"),
    rows: [[database.locks.take(resource, session)]],
  };
}

/** @throws {SqlServerError} 1223 for a lock this session doesn't hold. */
function* answerRelease(question: Question): Generator<AnswerPart> {
  const resource = String(question.params.resource);
  expectStatement(question, releaseLock(resource));
  if (!question.database.locks.release(resource, question.session)) {
    throw new SqlServerError({
      number: 1223,
      message:
        `Cannot release the application lock (Database Principal: 'public', Resource: '${resource}') because it is not currently held.`,
    });
  }
  yield { columns: columns("result int"), rows: [[0]] };
}

function* answerHeld(question: Question): Generator<AnswerPart> {
  const resources: string[] = [];
  for (let i = 0; `resource${i}` in question.params; i++) {
    resources.push(String(question.params[`resource${i}`]));
  }
  expectStatement(question, heldLocks(resources));
  const { locks } = question.database;
  yield {
    columns: columns("ordinal int, mode nvarchar(32)"),
    rows: resources.map((resource, index): Row => [
      index,
      locks.isHeldBy(resource, question.session) ? "Exclusive" : "NoLock",
    ]),
  };
}
