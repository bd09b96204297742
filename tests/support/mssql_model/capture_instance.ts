/**
 * Capture instances and their change tables, `cdc.<instance>_CT`.
 *
 * @module
 */

import type { SqlValue } from "../tds/column_type.ts";
import { compareBytes, type Lsn, ZERO_LSN } from "./lsn.ts";
import { isLarge, isOldLarge, type ModelColumn } from "./model_column.ts";
import type { ModelTable, RowValues } from "./table.ts";

/** __$operation. */
export const Operation = {
  delete: 1,
  insert: 2,
  before: 3,
  after: 4,
} as const;

/** One row of a change table. */
export interface ChangeRow {
  readonly startLsn: Lsn;
  readonly commandId: number;
  readonly seqval: Lsn;
  readonly operation: number;
  readonly updateMask: Uint8Array;
  /** In the order of the captured columns. */
  readonly values: readonly SqlValue[];
}

/** One change of a table, as the log has it. */
export interface LoggedChange {
  readonly table: ModelTable;
  readonly commandId: number;
  readonly seqval: Lsn;
  readonly before?: RowValues;
  readonly after?: RowValues;
}

/** What captures a table's changes; a table has two at most. */
export class CaptureInstance {
  readonly changes: ChangeRow[] = [];
  readonly #allColumns: Uint8Array;
  readonly #columns: ModelColumn[];
  /** Below this there is nothing any more: fn_cdc_get_min_lsn. */
  startLsn: Lsn;

  constructor(
    readonly name: string,
    readonly objectId: number,
    readonly table: ModelTable,
    /**
     * The change table's own, as the source had them when the instance was made:
     * what the source adds or drops later changes nothing here.
     */
    columns: readonly ModelColumn[],
    startLsn: Lsn,
    /** As Date.now(). */
    readonly createdAtMs: number,
    readonly roleName: string | null,
  ) {
    this.startLsn = startLsn;
    this.#columns = [...columns];
    this.#allColumns = maskOf(columns.map(() => true));
  }

  get columns(): readonly ModelColumn[] {
    return this.#columns;
  }

  get changeTable(): string {
    return `${this.name}_CT`;
  }

  /** The capture job has read that a column has another type. */
  retype(column: ModelColumn): boolean {
    const index = this.#columns.findIndex(({ name }) => name === column.name);
    if (index >= 0) this.#columns[index] = column;
    return index >= 0;
  }

  /** Adds the rows of a change; what was before the start isn't captured. */
  capture(startLsn: Lsn, change: LoggedChange): void {
    if (compareBytes(startLsn, this.startLsn) < 0) return;
    const { before, after } = change;
    if (before === undefined) {
      this.#add(startLsn, change, Operation.insert, this.#whole(after!));
    } else if (after === undefined) {
      this.#add(startLsn, change, Operation.delete, this.#deleted(before));
    } else this.#update(startLsn, change, before, after);
  }

  /** The minimum moves first, and never back. */
  moveLowEnd(lowWaterMark: Lsn): void {
    if (compareBytes(lowWaterMark, this.startLsn) > 0) {
      this.startLsn = lowWaterMark;
    }
  }

  /** Rows below the minimum go later, in steps: the oldest half of them. */
  deleteSome(): void {
    this.changes.splice(0, Math.ceil(this.firstAtOrAbove(this.startLsn) / 2));
  }

  /** @returns The index of the first change of this transaction or a later one. */
  firstAtOrAbove(lsn: Uint8Array): number {
    return this.#first((row) => compareBytes(row.startLsn, lsn) >= 0);
  }

  /** @returns The index of the first change of a later transaction. */
  firstAbove(lsn: Uint8Array): number {
    return this.#first((row) => compareBytes(row.startLsn, lsn) > 0);
  }

  /** Binary search: `isReached` is false for the first rows and true from one on. */
  #first(isReached: (row: ChangeRow) => boolean): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isReached(this.changes[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #update(
    startLsn: Lsn,
    change: LoggedChange,
    before: RowValues,
    after: RowValues,
  ): void {
    const changed = this.columns.map((column) =>
      !isSame(before[column.name] ?? null, after[column.name] ?? null)
    );
    // What sets captured columns to what they were leaves no rows.
    if (!changed.includes(true)) return;
    const mask = maskOf(changed);
    const old = this.#before(before, changed);
    this.#add(startLsn, change, Operation.before, old, mask);
    this.#add(startLsn, change, Operation.after, this.#whole(after), mask);
  }

  #add(
    startLsn: Lsn,
    { commandId, seqval }: LoggedChange,
    operation: number,
    values: readonly SqlValue[],
    updateMask = this.#allColumns,
  ): void {
    const row = { startLsn, commandId, seqval, operation, updateMask, values };
    this.#expectUnique(row);
    this.changes.push(row);
  }

  /** The change table's clustered index is unique. */
  #expectUnique(row: ChangeRow): void {
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const other = this.changes[i];
      if (compareBytes(other.startLsn, row.startLsn) !== 0) return;
      if (other.commandId !== row.commandId) return;
      if (other.operation !== row.operation) continue;
      if (compareBytes(other.seqval, row.seqval) !== 0) continue;
      throw new Error(`two rows of ${this.changeTable} have one place`);
    }
  }

  #whole(row: RowValues): SqlValue[] {
    return this.columns.map(({ name, isComputed }) =>
      isComputed ? null : row[name] ?? null
    );
  }

  /** text, ntext and image aren't in deletes. */
  #deleted(row: RowValues): SqlValue[] {
    return this.#whole(row).map((value, index) =>
      isOldLarge(this.columns[index].type) ? null : value
    );
  }

  /** Large values are in a before image only when they changed. */
  #before(row: RowValues, changed: readonly boolean[]): SqlValue[] {
    return this.#deleted(row).map((value, index) =>
      isLarge(this.columns[index].type) && !changed[index] ? null : value
    );
  }
}

/** A bit for each column, the first one in the last byte's lowest bit. */
function maskOf(flags: readonly boolean[]): Uint8Array {
  const mask = new Uint8Array(Math.ceil(flags.length / 8));
  flags.forEach((isSet, index) => {
    if (isSet) mask[mask.length - 1 - (index >> 3)] |= 1 << (index & 7);
  });
  return mask;
}

function isSame(a: SqlValue, b: SqlValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return compareBytes(a, b) === 0;
  }
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** @returns Whether an instance has seen its first log record. */
export function hasStarted(instance: CaptureInstance): boolean {
  return compareBytes(instance.startLsn, ZERO_LSN) !== 0;
}
