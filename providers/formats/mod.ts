/**
 * The formats of files, for every provider that reads or writes files, wherever they
 * lie.
 *
 * It is no provider: a folder beside them that they import.
 *
 * @module
 */

export { type Encoder, envelopeEncoder, type RecordEnd } from "./encoder.ts";
export { CsvEncoder, type CsvOptions } from "./csv_encoder.ts";
export { JsonEncoder } from "./json_encoder.ts";
export { type Compression, PackedStream } from "./packed_stream.ts";
export type { FileWriter, Sink } from "./file_writer.ts";
export { checkColumns, declaredFields } from "./declared_columns.ts";
export { type FramePart, zstdFrames } from "./zstd_frames.ts";
export { type RowSchemaOptions, RowSchemas } from "./row_schemas.ts";
export { InferredSchemas } from "./inferred_schemas.ts";
export {
  COMPRESSIONS,
  FileFormats,
  type FileOptions,
  kindOf,
  WRITTEN_FORMATS,
  type WrittenFormat,
} from "./file_formats.ts";
