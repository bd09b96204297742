/**
 * The way in: files of any format, on a disk or in a store, as envelope lines.
 *
 * @module
 */

export { Buffers, LIMITS, type Limits } from "./buffers.ts";
export {
  type ByteSource,
  compressionOf,
  PlainSource,
  StreamSource,
} from "./byte_source.ts";
export type { CsvOptions } from "./csv_format.ts";
export {
  FORMAT_NAMES,
  type FormatName,
  formatOf,
  isTableFormat,
} from "./format.ts";
export {
  openParquet,
  openText,
  type Reading,
  type ReadPlace,
  skipTo,
  type TextFile,
} from "./open_reader.ts";
export { Origin } from "./origin.ts";
export type { WholeFile } from "./parquet_reader.ts";
export type { Chunk, FileReader } from "./record_reader.ts";
export {
  checkRecordKeys,
  csvOptionsOf,
  type RecordConfig,
  recordKeys,
} from "./config.ts";
export { hash, Tail, TAIL_BYTES } from "./tail.ts";
