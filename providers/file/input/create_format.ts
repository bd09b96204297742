/**
 * The one list of formats.
 *
 * @module
 */

import type { JsonLines } from "@dstream/sdk/files";
import { CsvFormat, type CsvOptions } from "./csv_format.ts";
import { EnvelopeFormat } from "./envelope_format.ts";
import type { Format, FormatName } from "./format.ts";
import { JsonFormat } from "./json_format.ts";
import { TextFormat } from "./text_format.ts";

/** A reader for one file; `file` is its name as the envelopes tell it. */
export function createFormat(
  name: FormatName,
  file: string,
  jsonLines: JsonLines,
  csv: CsvOptions = {},
): Format {
  switch (name) {
    case "jsonl":
      return new JsonFormat(jsonLines, file);
    case "envelopes":
      return new EnvelopeFormat(jsonLines);
    case "lines":
      return new TextFormat(file);
    case "csv":
      return new CsvFormat(file, csv);
    case "tsv":
      return new CsvFormat(file, { delimiter: "\t", ...csv });
  }
}
