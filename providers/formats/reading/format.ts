/**
 * What a file format does: records out of bytes, envelope lines out of records.
 *
 * @module
 */

import type { TableSchema } from "@dstream/sdk/changes";
import type { Region } from "@dstream/sdk/files";

/** Bytes of a file, from the begin of a record on. */
export interface Block {
  readonly input: Region;
  readonly from: number;
  readonly to: number;
  /** Nothing follows: the last byte is a line feed, added where it was missing. */
  readonly isEnd: boolean;
  /** The number of the line at `from`, counted from 1. */
  readonly line: number;
  /** Where envelopes are built; those passed on as they are stay in `input`. */
  readonly output: Region;
}

/** What became of a block. */
export interface Taken {
  /** The begin of the first record not taken: half, wrong, or without room. */
  readonly consumedTo: number;
  /** Lines of the file before `consumedTo`. */
  readonly passedLines: number;
  /** Envelopes, each with its line feed; in one of the block's regions. */
  readonly lines: Uint8Array;
  readonly lineCount: number;
  /** Why the record at `consumedTo` can't be taken. */
  readonly problem?: Problem;
  /** Of a {@link HeaderFormat}: it is behind us. */
  readonly isHeaderTaken?: boolean;
}

/** A record that is not what the format says. */
export interface Problem {
  /** "is not JSON: unexpected byte in column 12" */
  readonly reason: string;
  /** Where the next record begins. */
  readonly recordTo: number;
  /** Lines that the record takes. */
  readonly lines: number;
  /** It would be right if its text were UTF-8. */
  readonly isEncoding?: boolean;
}

/** The reader of one format in one file. */
export interface Format {
  /** Takes as many whole records as are there and fit. */
  take(block: Block): Taken;
  /** What the records look like, where that is known by now. */
  readonly schema?: TableSchema | undefined;
  /** Takes what stands at the file's begin before the first record. */
  readonly header?: HeaderFormat;
}

/** What stands before the first record. */
export interface HeaderFormat {
  /** Called until it takes something. */
  take(block: Block): Taken;
}

/** Names of formats, as in a config. */
export const FORMAT_NAMES = [
  "jsonl",
  "envelopes",
  "csv",
  "tsv",
  "lines",
  "parquet",
] as const;

/** One of {@link FORMAT_NAMES}. */
export type FormatName = typeof FORMAT_NAMES[number];

/** Formats whose records stand one after the other, so that a file can grow. */
export type TextFormatName = Exclude<FormatName, "parquet">;

/** Whether records have columns, and so a table. */
export function isTableFormat(name: FormatName): boolean {
  return name === "csv" || name === "tsv" || name === "parquet";
}

const BY_EXTENSION: Readonly<Record<string, FormatName>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  log: "lines",
  txt: "lines",
  parquet: "parquet",
};

/** The format a file name speaks of: `orders.csv.gz` → "csv". */
export function formatOf(path: string): FormatName | undefined {
  const extension = /\.([a-z]+)(?:\.gz|\.zst)?$/i.exec(path)?.[1];
  return BY_EXTENSION[extension?.toLowerCase() ?? ""];
}

/** Bytes of a UTF-8 byte order mark, which some programs begin files with. */
export const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** What a file says of itself that is not UTF-8; it needs its first bytes. */
export function otherEncoding(begin: Uint8Array): string | undefined {
  const mark = (begin[0] << 8) | begin[1];
  return mark === 0xfffe || mark === 0xfeff ? "is UTF-16" : undefined;
}

/** Takes nothing; what is there is not a whole record yet. */
export function takeNothing(block: Block): Taken {
  return {
    consumedTo: block.from,
    passedLines: 0,
    lines: block.input.bytes.subarray(0, 0),
    lineCount: 0,
  };
}

/** The place after the last line feed of the block, or its begin. */
export function wholeLinesTo({ input, from, to }: Block): number {
  return input.bytes.subarray(from, to).lastIndexOf(0x0a) + 1 + from;
}
