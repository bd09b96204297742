/**
 * Parquet, loaded when it is used.
 *
 * @module
 */

export { ParquetFile, type ParquetOptions } from "./parquet_file.ts";
export { RowReader } from "./row_reader.ts";
