/**
 * A row's columns → the text of a JSON object.
 *
 * What CDC doesn't have is left out and never written as null: text, ntext and
 * image of deleted rows and before-images, and max types of a before-image that
 * the update didn't change. `__$update_mask` tells the latter.
 *
 * @module
 */

import type { CapturedColumn } from "./column_sql.ts";
import {
  encoderOf,
  type EncodeValue,
  type ValueOptions,
} from "./column_value.ts";
import type { Cell } from "../connection/session.ts";

/** `__$operation`. */
export const OPERATION = { delete: 1, insert: 2, before: 3, after: 4 } as const;

/** Which columns of a table are read, and which are hidden. */
export interface ColumnChoice {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly mask?: readonly string[];
}

/** Computed columns are always NULL in a change table, so they are never read. */
export function chooseColumns(
  columns: readonly CapturedColumn[],
  { include, exclude = [] }: ColumnChoice,
): CapturedColumn[] {
  return columns.filter(({ name, isComputed }) =>
    !isComputed && (include === undefined || hasName(include, name)) &&
    !hasName(exclude, name)
  );
}

/** @returns Names of the choice that no captured column has. */
export function unknownColumns(
  columns: readonly CapturedColumn[],
  { include = [], exclude = [], mask = [] }: ColumnChoice,
): string[] {
  const names = columns.map(({ name }) => name);
  return [...include, ...exclude, ...mask]
    .filter((name) => !hasName(names, name));
}

function hasName(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toLowerCase() === name.toLowerCase());
}

/** Whether CDC may lack its value although the row has one. */
export function isLarge({ typeName, maxLengthBytes }: CapturedColumn): boolean {
  return maxLengthBytes === -1 || isOldLarge(typeName);
}

function isOldLarge(typeName: string): boolean {
  return typeName === "text" || typeName === "ntext" || typeName === "image";
}

interface EncodedColumn {
  /** `"name":` */
  readonly key: string;
  readonly encode: EncodeValue;
  readonly column: CapturedColumn;
  readonly isLarge: boolean;
}

/** Encodes rows of one set of columns, with those that are masked or left out. */
export class RowEncoder {
  readonly #columns: readonly EncodedColumn[];
  readonly #hasLarge: boolean;

  /** Whether rows may lack a value, so that each has to be looked at. */
  readonly hasOldLarge: boolean;

  constructor(
    readonly columns: readonly CapturedColumn[],
    readonly options: ValueOptions,
    readonly mask: readonly string[] = [],
  ) {
    this.hasOldLarge = columns.some(({ typeName }) => isOldLarge(typeName));
    this.#columns = columns.map((column) => ({
      key: `${JSON.stringify(column.name)}:`,
      encode: hasName(mask, column.name)
        ? () => '"***"'
        : encoderOf(column.typeName, options),
      column,
      isLarge: isLarge(column),
    }));
    this.#hasLarge = this.#columns.some((each) => each.isLarge);
  }

  /** How each column's values are written, and which are hidden. */
  get encoders(): { encode: EncodeValue; isMasked: boolean }[] {
    return this.#columns.map(({ encode, column }) => ({
      encode,
      isMasked: hasName(this.mask, column.name),
    }));
  }

  /**
   * @param first Where the columns begin in `cells`.
   * @param updateMask Only before-images need it.
   */
  encode(
    cells: readonly Cell[],
    first: number,
    operation: number,
    updateMask?: Uint8Array | null,
  ): string {
    const mayLack = this.#hasLarge &&
      (operation === OPERATION.delete || operation === OPERATION.before);
    if (mayLack) return this.#encodeSome(cells, first, operation, updateMask);
    let text = "{";
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      const { key, encode } = columns[i];
      const { value } = cells[first + i];
      text += i === 0 ? key : "," + key;
      text += value === null ? "null" : encode(value);
    }
    return text + "}";
  }

  #encodeSome(
    cells: readonly Cell[],
    first: number,
    operation: number,
    updateMask: Uint8Array | null | undefined,
  ): string {
    const members: string[] = [];
    for (
      const [i, { key, encode, column, isLarge }] of this.#columns.entries()
    ) {
      const { value } = cells[first + i];
      if (value !== null) members.push(key + encode(value));
      else if (!isLarge || !isAbsent(column, operation, updateMask)) {
        members.push(`${key}null`);
      }
    }
    return `{${members.join(",")}}`;
  }
}

/** Whether a NULL means "not known" here. */
function isAbsent(
  { typeName, ordinal }: CapturedColumn,
  operation: number,
  updateMask: Uint8Array | null | undefined,
): boolean {
  if (isOldLarge(typeName)) return true;
  if (operation !== OPERATION.before) return false;
  return updateMask == null || !isBitSet(updateMask, ordinal);
}

/** As `sys.fn_cdc_is_bit_set`: the last byte has the first eight columns. */
export function isBitSet(mask: Uint8Array, ordinal: number): boolean {
  const byte = mask[mask.length - 1 - ((ordinal - 1) >> 3)] ?? 0;
  return (byte & (1 << ((ordinal - 1) & 7))) !== 0;
}
