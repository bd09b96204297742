/**
 * The one list of formats whose records stand one after the other.
 *
 * @module
 */

import type { JsonLines } from "@dstream/sdk/files";
import { CsvFormat, type CsvOptions } from "./csv_format.ts";
import { EnvelopeFormat } from "./envelope_format.ts";
import type { Format, TextFormatName } from "./format.ts";
import { JsonFormat } from "./json_format.ts";
import type { Origin } from "./origin.ts";
import { TextFormat } from "./text_format.ts";

/** A reader for one file. */
export function createFormat(
  name: TextFormatName,
  origin: Origin,
  jsonLines: JsonLines,
  csv: CsvOptions = {},
): Format {
  switch (name) {
    case "jsonl":
      return new JsonFormat(jsonLines, origin);
    case "envelopes":
      return new EnvelopeFormat(jsonLines);
    case "lines":
      return new TextFormat(origin);
    case "csv":
      return new CsvFormat(origin, csv);
    case "tsv":
      return new CsvFormat(origin, { delimiter: "\t", ...csv });
  }
}
