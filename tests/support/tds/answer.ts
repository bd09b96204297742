/**
 * What a handler answers: result sets, messages, counts.
 *
 * @module
 */

import type { Collation } from "./collation.ts";
import type { SqlValue } from "./column_type.ts";
import type { SqlMessage } from "./errors.ts";

/** A column of a result set. */
export interface Column {
  readonly name: string;
  /** As in T-SQL: `decimal(18,4)`. */
  readonly type: string;
  /** True when not given. */
  readonly isNullable?: boolean;
  /** SQL_Latin1_General_CP1_CI_AS when not given. */
  readonly collation?: Collation;
}

/** Values in the order of the columns. */
export type Row = readonly SqlValue[];

/** Rows that were encoded before, by `encodeRows()` with the same columns. */
export interface RowBlock {
  readonly bytes: Uint8Array;
  readonly rowCount: number;
}

/** Rows of one result set; an iterator may wait, and may throw. */
export type Rows =
  | Iterable<Row | RowBlock>
  | AsyncIterable<Row | RowBlock>;

/**
 * One thing in an answer. `rows` with columns is a result set; `affected` is the
 * count of a statement without one.
 */
export type AnswerPart =
  | { readonly columns: readonly Column[]; readonly rows: Rows }
  | { readonly affected: number }
  | { readonly info: SqlMessage };

/** The parts in their order; an iterator may wait, and may throw. */
export type Answer = Iterable<AnswerPart> | AsyncIterable<AnswerPart>;

/** @returns Whether it is a block and no row. */
export function isRowBlock(row: Row | RowBlock): row is RowBlock {
  return !Array.isArray(row);
}
