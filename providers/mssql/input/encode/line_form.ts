/**
 * What a change's line says besides its row, in dstream's form and in upstream's.
 *
 * A form is a list of parts, so that rows from the wire (fast_rows.ts) and rows of
 * the driver (change_writer.ts) write the same.
 *
 * @module
 */

import {
  type ChangeMetadata,
  MetadataWriter,
  type Operation,
} from "@dstream/sdk/changes";
import { OPERATION } from "./row_encoder.ts";

/** What differs from change to change. */
export type Place =
  /** 20 hexadecimal digits each. */
  | "lsn"
  | "seq"
  | "command"
  /** In {@link COMMAND_DIGITS}, so that it sorts as text. */
  | "padded_command";

/** Text, or what stands in its place. */
export type LinePart = { readonly text: string } | { readonly place: Place };

/** How lines of one table are written. */
export interface LineForm {
  /** Between the row and {@link LINE_END}; one list for each operation. */
  parts(operation: number): readonly LinePart[];
  /** `,"CommitTime":`; a string's quotes are not in it. */
  readonly timeLabel: string;
  readonly beforeLabel: string;
}

/** Behind all of a form. */
export const LINE_END = "}}\n";

/** Commands of a transaction and rows of a snapshot are fewer than 10^12. */
export const COMMAND_DIGITS = 12;

/** Not one of SQL Server's: a row of a snapshot. */
export const READ_OPERATION = 0;

// ------------------------------------------------------------------- dstream's

const OPERATION_NAMES: Readonly<Record<number, Operation>> = {
  [READ_OPERATION]: "read",
  [OPERATION.delete]: "delete",
  [OPERATION.insert]: "insert",
  [OPERATION.after]: "update",
};

/** What all changes of a table say; `more` are the config's own keys. */
export interface TableMetadata {
  /** Without dbo. */
  readonly table: string;
  /** Nothing where the rows that are sent don't have all of it. */
  readonly key: readonly string[] | undefined;
  readonly more: Readonly<Record<string, string>>;
}

/** What `metadata.source` says. */
const SOURCE = "mssql";

/** The form of `@dstream/sdk/changes`. */
export function dstreamForm({ table, key, more }: TableMetadata): LineForm {
  const lists = new Map<number, readonly LinePart[]>();
  for (const [code, operation] of Object.entries(OPERATION_NAMES)) {
    const constants = { table, operation, key, source: SOURCE };
    const { head } = new MetadataWriter(constants, more);
    const isRow = operation === "read";
    lists.set(Number(code), [
      { text: `,"metadata":${head}${label("position")}"` },
      { place: "lsn" },
      { text: "/" },
      { place: "padded_command" },
      { text: "/" },
      { place: "seq" },
      { text: `/${code}"` },
      // What a snapshot finds was not committed together.
      ...(isRow ? [] : [
        { text: `${label("transaction")}"` },
        { place: "lsn" } as const,
        { text: '"' },
      ]),
    ]);
  }
  return {
    parts: (operation) => lists.get(operation)!,
    timeLabel: label("timestamp"),
    beforeLabel: label("before"),
  };
}

function label(key: keyof ChangeMetadata): string {
  return `,${JSON.stringify(key)}:`;
}

/** An envelope that says that changes before this LSN may be missing. */
export function dstreamGap(
  { table, more }: TableMetadata,
  fromLsn: string,
  toLsn: string,
): string {
  const constants = { table, operation: "gap", source: SOURCE } as const;
  const writer = new MetadataWriter(constants, more);
  const position = `${toLsn}/${"0".repeat(COMMAND_DIGITS)}/${"0".repeat(20)}/0`;
  const gap = { from_lsn: fromLsn, to_lsn: toLsn };
  return `{"data":null,"metadata":${writer.text({ position }, gap)}}\n`;
}

// ------------------------------------------------------------------ upstream's

const TYPE_OF: Readonly<Record<number, string>> = {
  [READ_OPERATION]: "Read",
  [OPERATION.delete]: "Delete",
  [OPERATION.insert]: "Insert",
  [OPERATION.after]: "Update",
};

/** What upstream calls an operation. */
export function upstreamType(operation: number): string {
  return TYPE_OF[operation];
}

/** @param constants From `constantMetadata`. */
export function upstreamForm(constants: string): LineForm {
  const lists = new Map(
    Object.entries(TYPE_OF).map(([code, type]): [number, LinePart[]] => [
      Number(code),
      [
        { text: `,"metadata":{${constants},"LSN":"` },
        { place: "lsn" },
        { text: '","Seq":"' },
        { place: "seq" },
        { text: '","CommandID":' },
        { place: "command" },
        { text: `,"OperationID":${code},"OperationType":"${type}"` },
      ],
    ]),
  );
  return {
    parts: (operation) => lists.get(operation)!,
    timeLabel: ',"CommitTime":',
    beforeLabel: ',"Before":',
  };
}
