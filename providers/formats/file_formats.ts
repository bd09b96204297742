/**
 * The one list of formats that files are written in.
 *
 * @module
 */

import type { TableSchema } from "@dstream/sdk/changes";
import { JsonLines } from "@dstream/sdk/files";
import { CsvEncoder } from "./csv_encoder.ts";
import { envelopeEncoder } from "./encoder.ts";
import type { FileWriter, Sink } from "./file_writer.ts";
import { JsonEncoder } from "./json_encoder.ts";
import { LinesFile } from "./lines_file.ts";
import type { Compression } from "./packed_stream.ts";
import type { ParquetOptions, RowReader } from "./parquet/mod.ts";

/** Names of formats, as in a config. */
export const WRITTEN_FORMATS = [
  "jsonl",
  "envelopes",
  "csv",
  "tsv",
  "parquet",
] as const;

/** One of {@link WRITTEN_FORMATS}. */
export type WrittenFormat = typeof WRITTEN_FORMATS[number];

/** How files are compressed; `snappy` inside of Parquet alone. */
export const COMPRESSIONS = ["none", "gzip", "zstd", "snappy"] as const;

/** What a config says of its files. */
export interface FileOptions {
  readonly format: WrittenFormat;
  readonly compression: typeof COMPRESSIONS[number];
  readonly delimiter: string | undefined;
  readonly parquet: Omit<ParquetOptions, "compression">;
}

const ENDINGS = { none: "", gzip: ".gz", zstd: ".zst", snappy: "" };
const TYPES: Readonly<Record<WrittenFormat, string>> = {
  jsonl: "application/x-ndjson",
  envelopes: "application/x-ndjson",
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  parquet: "application/vnd.apache.parquet",
};

/** `.jsonl.gz`, and what the file is said to be. */
export function kindOf(
  { format, compression }: Pick<FileOptions, "format" | "compression">,
): { readonly extension: string; readonly contentType: string } {
  const isPacked = format !== "parquet" && compression !== "none";
  const name = format === "envelopes" ? "jsonl" : format;
  return {
    extension: `.${name}${isPacked ? ENDINGS[compression] : ""}`,
    contentType: isPacked ? `application/${compression}` : TYPES[format],
  };
}

/** Makes the writers of files of one config. */
export class FileFormats {
  readonly #options: FileOptions;
  readonly #jsonEncoder: JsonEncoder | undefined;
  readonly #jsonLines: JsonLines | undefined;
  readonly #maxBatchBytes: number;
  #parquet: typeof import("./parquet/mod.ts") | undefined;
  #rows: RowReader | undefined;

  /** @param maxBatchBytes The longest batch; a single long line counts too. */
  constructor(options: FileOptions, maxBatchBytes: number) {
    this.#options = options;
    this.#maxBatchBytes = maxBatchBytes;
    const { format } = options;
    if (format === "jsonl") this.#jsonEncoder = new JsonEncoder(maxBatchBytes);
    if (format === "csv" || format === "tsv") {
      this.#jsonLines = new JsonLines([maxBatchBytes]);
    }
  }

  /** Loads what is large; to be awaited before the first file. */
  async load(): Promise<void> {
    if (this.#options.format !== "parquet") return;
    this.#parquet = await import("./parquet/mod.ts");
  }

  /** @param schema Of its rows; Parquet needs one. */
  create(schema: TableSchema | undefined, sink: Sink): FileWriter {
    const { format, compression, parquet } = this.#options;
    switch (format) {
      case "jsonl":
        return new LinesFile(this.#jsonEncoder!, packed(compression), sink);
      case "envelopes":
        return new LinesFile(envelopeEncoder, packed(compression), sink);
      case "csv":
      case "tsv":
        return new LinesFile(
          this.#csvEncoder(schema),
          packed(compression),
          sink,
        );
      case "parquet": {
        const options = { ...parquet, compression };
        const { ParquetFile, RowReader } = this.#parquet!;
        this.#rows ??= new RowReader(this.#maxBatchBytes);
        return new ParquetFile(schema!, options, this.#rows, sink);
      }
    }
  }

  #csvEncoder(schema: TableSchema | undefined): CsvEncoder {
    const { format, parquet: { without } } = this.#options;
    const delimiter = this.#options.delimiter ??
      (format === "csv" ? "," : "\t");
    const columns = schema?.fields.map(({ name }) => name)
      .filter((name) => !without.includes(name));
    return new CsvEncoder({ delimiter, columns }, 0, this.#jsonLines);
  }
}

function packed(compression: FileOptions["compression"]): Compression {
  return compression === "snappy" ? "none" : compression;
}
