/**
 * The keys that all inputs share whose records lie in files.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  list,
  oneOf,
  string,
} from "@dstream/sdk";
import { FORMAT_NAMES, type FormatName, isTableFormat } from "./format.ts";

const ONE_CHARACTER = {
  // deno-lint-ignore no-control-regex
  regexp: /^[\x01-\x09\x0b\x0c\x0e-\x7f]?$/,
  says: "must be one ASCII character that ends no line",
};

/**
 * The keys, for the parser, the types and the reference page.
 *
 * @param tableLeftOut What the table is then.
 */
export function recordKeys(tableLeftOut: string) {
  return {
    format: oneOf(FORMAT_NAMES, {
      doc: "jsonl: a JSON value on each line; envelopes: envelopes as an " +
        "output wrote them; lines: text; csv and tsv: records with a header; " +
        "parquet. Left out, each file's name says so (.jsonl .ndjson .json, " +
        ".log .txt, .csv, .tsv, each also with .gz or .zst; .parquet)",
      optional: true,
      example: "jsonl",
    }),
    onInvalid: oneOf(["fail", "skip", "replace", "dead_letter"], {
      doc:
        "What to do with a record that is not what the format says: end the " +
        "task, leave it out with a warning, put U+FFFD for bytes that are no " +
        "UTF-8 (and end the task for everything else), or send it on without " +
        "`data`, so that the output rejects it and the task's `dead_letter` " +
        "has it as it stands in the file. Parquet has no such records",
      deadLetterWord: "dead_letter",
      default: "fail",
    }),
    table: string({
      doc:
        "csv, tsv and parquet: the table in metadata and schema; left out, " +
        tableLeftOut,
      optional: true,
      example: "orders",
    }),
    columns: list(string({ doc: "A column's name" }), {
      doc:
        "csv and tsv: the names of the columns; left out, the first record " +
        "has them",
      optional: true,
      minItems: 1,
      example: ["id", "customer", "total"],
    }),
    header: boolean({
      doc:
        "csv and tsv: whether the first record is a header; with columns it " +
        "is then passed over. Left out: yes without columns, no with them",
      optional: true,
      example: true,
    }),
    delimiter: string({
      doc: "csv and tsv: what separates fields; left out, a comma or a tab",
      optional: true,
      pattern: ONE_CHARACTER,
      example: ";",
    }),
    quote: string({
      doc: "csv and tsv: what quotes fields; empty when nothing is quoted",
      default: '"',
      minLength: 0,
      pattern: ONE_CHARACTER,
    }),
  };
}

/** The values of these keys. */
export type RecordConfig = Config<ReturnType<typeof recordKeys>>;

/**
 * Mistakes that no single key can see.
 *
 * @param format What the files are, if that is known before they are found.
 */
export function* checkRecordKeys(
  values: RecordConfig,
  format: FormatName | undefined,
): Generator<ConfigProblem> {
  const { delimiter, quote } = values;
  if (delimiter !== undefined && delimiter === quote) {
    yield { path: "config.quote", message: "quote must not be the delimiter" };
  }
  if (format === undefined) return;
  if (values.table !== undefined && !isTableFormat(format)) {
    yield {
      path: "config.table",
      message: `table is for csv, tsv and parquet, not for ${format}`,
    };
  }
  if (format === "csv" || format === "tsv") return;
  for (const key of ["columns", "header", "delimiter"] as const) {
    if (values[key] === undefined) continue;
    yield {
      path: `config.${key}`,
      message: `${key} is for csv and tsv, not for ${format}`,
    };
  }
}

/** What a config says about delimited text. */
export function csvOptionsOf(values: RecordConfig) {
  const { table, columns, header, delimiter, quote } = values;
  return {
    table,
    columns,
    header,
    quote,
    ...(delimiter === undefined ? {} : { delimiter }),
  };
}
