/**
 * Why a value can't be read or written: a reason for the dead letters.
 *
 * @module
 */

/** The bytes are no value of their schema, or the schema isn't understood. */
export class DecodeProblem extends Error {
  override readonly name = "DecodeProblem";
}

/** The row is none of its table's schema, or the format has no word for it. */
export class RowProblem extends Error {
  override readonly name = "RowProblem";
}
