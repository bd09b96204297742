/**
 * A statement that came, and what the answers have in common.
 *
 * @module
 */

import type { Statement } from "../../../providers/mssql/input/statements/mod.ts";
import type { Answer } from "../tds/answer.ts";
import {
  invalidObjectName,
  permissionDenied,
  SqlServerError,
} from "../tds/errors.ts";
import type { SqlRequest } from "../tds/server.ts";
import { compareBytes, type Lsn, toHex, ZERO_LSN } from "./lsn.ts";
import type { ModelDatabase } from "./database.ts";
import type { Point } from "./interruptions.ts";

/** A statement with what it is asked of. */
export interface Question extends SqlRequest {
  readonly database: ModelDatabase;
  /** Lets planned interruptions happen. */
  readonly meet: (point: Point) => Promise<void>;
}

/** Answers the statements of one tag. */
export type Answerer = (question: Question) => Answer;

/** A statement the model doesn't know: the test fails. */
export class UnknownStatement extends Error {
  override readonly name = "UnknownStatement";
}

/**
 * The statement must be, blanks aside, what the builder makes of the names the model
 * found in it: so nothing in it is overlooked.
 */
export function expectStatement(question: Question, built: Statement): void {
  if (normal(question.sql) !== normal(built.sql)) {
    throw new UnknownStatement(
      `not the text of its builder:\n${question.sql}\n--- but:\n${built.sql}`,
    );
  }
  const names = built.parameters.map(({ name }) => name).sort();
  const given = Object.keys(question.params).sort();
  if (names.join() !== given.join()) {
    throw new UnknownStatement(`parameters ${given}, not ${names}`);
  }
}

function normal(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim();
}

/** @returns All that a pattern with one group finds. */
export function findAll(sql: string, pattern: RegExp): string[] {
  return [...sql.matchAll(pattern)].map(([, found]) => found);
}

/** `[a]]b]` → `a]b`. */
export function unquoteName(quoted: string): string {
  return quoted.replace(/^\[|\]$/g, "").replaceAll("]]", "]");
}

/** `a''b`, without its quotes → `a'b`. */
export function unquoteText(text: string): string {
  return text.replaceAll("''", "'");
}

/** `[ops].[t]` → `ops.t`; a bare name is in dbo. */
export function unquotePath(quoted: string): string {
  const parts = quoted.match(/\[(?:[^\]]|\]\])*\]/g)!.map(unquoteName);
  return parts.length === 1 ? `dbo.${parts[0]}` : parts.join(".");
}

/** The tables of the schema cdc are there, and may be read. */
export function expectCdc({ database }: Question, table: string): void {
  if (!database.isCdcEnabled) throw invalidObjectName(`cdc.${table}`);
  if (database.rights.selectsCdc) return;
  throw permissionDenied("SELECT", table, database.name, "cdc");
}

/** sys.fn_cdc_get_max_lsn(): it wants CDC, and no rights. */
export function maxLsn({ database }: Question): Lsn | null {
  if (!database.isCdcEnabled) throw invalidObjectName("cdc.lsn_time_mapping");
  return database.maxLsn;
}

/**
 * sys.fn_cdc_get_min_lsn(): zero without rights, outside of the instance's role, or
 * without such an instance.
 */
export function minLsn({ database }: Question, instanceName: string): Lsn {
  const { rights, instances } = database;
  if (!rights.selectsCdc || !rights.selectsTables) return ZERO_LSN;
  const found = instances.find(({ name }) => name === instanceName);
  if (found === undefined) return ZERO_LSN;
  const isMember = found.roleName === null || rights.roles.has(found.roleName);
  return isMember ? found.startLsn : ZERO_LSN;
}

/** sys.fn_cdc_map_lsn_to_time(), as Date.now(). */
export function timeOf(
  { database }: Question,
  lsn: Uint8Array | null,
): number | null {
  if (lsn === null) return null;
  const found = database.mapping.findLast((one) =>
    compareBytes(one.lsn, lsn) === 0
  );
  return found?.endedAtMs ?? null;
}

/** DATEDIFF(second, …): how many seconds began in between. */
export function secondsSince(
  { database }: Question,
  thenMs: number | null,
): number | null {
  if (thenMs === null) return null;
  return Math.floor(database.now() / 1000) - Math.floor(thenMs / 1000);
}

/** A read-only replica takes no writes. */
export function expectWritable({ session, database }: Question): void {
  if (!session.isReadOnly) return;
  throw new SqlServerError({
    number: 3906,
    message:
      `Failed to update database "${database.name}" because the database is read-only.`,
  });
}

/** The parameter as a byte string. */
export function bytesParameter(
  { params }: Question,
  name: string,
): Uint8Array {
  const value = params[name];
  if (value instanceof Uint8Array) return value;
  throw new UnknownStatement(`@${name} is no binary(10)`);
}

/** For messages: `0x…`, or NULL. */
export function showLsn(lsn: Uint8Array | null): string {
  return lsn === null ? "NULL" : toHex(lsn);
}
