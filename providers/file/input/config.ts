/**
 * The keys of `input { provider = "file" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  list,
  oneOf,
  string,
} from "@dstream/sdk";
import { compressionOf } from "./byte_source.ts";
import { FORMAT_NAMES, type FormatName, formatOf } from "./format.ts";

const ONE_CHARACTER = {
  // deno-lint-ignore no-control-regex
  regexp: /^[\x01-\x09\x0b\x0c\x0e-\x7f]?$/,
  says: "must be one ASCII character that ends no line",
};

/** The keys, for the parser, the types and the reference page. */
export const config = {
  path: string({
    doc: "A file, or a pattern such as in/**/*.csv; relative to the " +
      "configuration's folder",
    example: "orders.jsonl",
  }),
  format: oneOf(FORMAT_NAMES, {
    doc: "What the lines are; left out, the file's name says so " +
      "(.jsonl .ndjson .json, .csv, .tsv, .log .txt, each also with .gz or .zst)",
    optional: true,
    example: "jsonl",
  }),
  follow: boolean({
    doc:
      "Go on when the file grows, also when it is renamed or cut and begun " +
      "anew (rotation), instead of ending at its end",
    default: false,
  }),
  pollInterval: duration({
    doc: "How often a followed file is looked at",
    default: "500ms",
    min: 10,
    max: 3_600_000,
  }),
  readFrom: oneOf(["beginning", "end"], {
    doc: "Where a followed file is begun that is there at the first start",
    default: "beginning",
  }),
  onInvalid: oneOf(["fail", "skip", "replace", "dead_letter"], {
    doc: "What to do with a record that is not what the format says: end the " +
      "task, leave it out with a warning, put U+FFFD for bytes that are no " +
      "UTF-8 (and end the task for everything else), or send it on without " +
      "`data`, so that the output rejects it and the task's `dead_letter` " +
      "has it as it stands in the file",
    deadLetterWord: "dead_letter",
    default: "fail",
  }),
  table: string({
    doc:
      "csv and tsv: the table in metadata and schema; left out, each file's " +
      "name without folders and endings",
    optional: true,
    example: "orders",
  }),
  columns: list(string({ doc: "A column's name" }), {
    doc: "csv and tsv: the names of the columns; left out, the first record " +
      "has them",
    optional: true,
    minItems: 1,
    example: ["id", "customer", "total"],
  }),
  header: boolean({
    doc: "csv and tsv: whether the first record is a header; with columns it " +
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

/** What the code reads. */
export type FileConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: FileConfig): Generator<ConfigProblem> {
  const { path, follow, delimiter, quote, readFrom } = values;
  if (values.format === undefined && formatOf(path) === undefined) {
    yield {
      path: "config.format",
      message: `format is required, since ${JSON.stringify(path)} doesn't ` +
        "end in the name of one",
      hint: `one of ${FORMAT_NAMES.join(", ")}`,
    };
  }
  if (follow && compressionOf(path) !== "none") {
    yield {
      path: "config.follow",
      message: `follow must be false for ${JSON.stringify(path)}: a ` +
        "compressed file can't be read while it grows",
    };
  }
  if (!follow && readFrom === "end") {
    yield {
      path: "config.read_from",
      message: 'read_from = "end" needs follow = true',
    };
  }
  if (delimiter !== undefined && delimiter === quote) {
    yield { path: "config.quote", message: "quote must not be the delimiter" };
  }
  yield* checkCsvKeys(values);
}

/** Whether records have columns. */
export function isTable({ path, format }: FileConfig): boolean {
  const name = format ?? formatOf(path);
  // A pattern may find files of any kind.
  return name === undefined || name === "csv" || name === "tsv";
}

function* checkCsvKeys(values: FileConfig): Generator<ConfigProblem> {
  const format: FormatName | undefined = values.format ?? formatOf(values.path);
  if (format === undefined || format === "csv" || format === "tsv") return;
  for (const key of ["table", "columns", "header", "delimiter"] as const) {
    if (values[key] === undefined) continue;
    yield {
      path: `config.${key}`,
      message: `${key} is for csv and tsv, not for ${format}`,
    };
  }
}
