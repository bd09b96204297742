/**
 * The keys of `output { provider = "file" config { … } }`.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  duration,
  list,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkNames, NameTemplate, TEMPLATE_NAMES } from "./name_template.ts";

/** Names of formats, as in a config. */
export const FORMAT_NAMES = ["jsonl", "envelopes", "csv", "tsv"] as const;

/** One of {@link FORMAT_NAMES}. */
export type FormatName = typeof FORMAT_NAMES[number];

const ONE_CHARACTER = {
  // deno-lint-ignore no-control-regex
  regexp: /^[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x7f]$/,
  says: "must be one ASCII character that is no quote and ends no line",
};

/** The keys, for the parser, the types and the reference page. */
export const config = {
  path: string({
    doc:
      "The file, relative to the configuration's folder; folders are made. " +
      `May hold ${TEMPLATE_NAMES.map((name) => `{${name}}`).join(" ")}: the ` +
      "time (UTC) the file is begun, and a number. With {seq}, files are " +
      "written as NAME.part and get their name when they are finished",
    example: "out/orders-{date}-{seq}.jsonl",
  }),
  format: oneOf(FORMAT_NAMES, {
    doc:
      "jsonl: the data of each envelope on a line; envelopes: the lines as " +
      "they come; csv and tsv: the data's keys as columns. Left out, the " +
      "file's name says so (.csv, .tsv), else jsonl",
    optional: true,
    example: "jsonl",
  }),
  compression: oneOf(["none", "gzip"], {
    doc: "Left out, a name that ends in .gz means gzip",
    optional: true,
    example: "gzip",
  }),
  maxBytes: size({
    doc: "Finish a file before it grows larger; needs {seq} in path",
    optional: true,
    min: 1,
    example: "256MiB",
  }),
  maxAge: duration({
    doc: "Finish a file so long after it was begun; needs {seq} in path",
    optional: true,
    min: 1000,
    example: "1h",
  }),
  columns: list(string({ doc: "A key of the data" }), {
    doc:
      "csv and tsv: the keys that become columns, in this order; left out, " +
      "those of the file's header, or of the first envelope",
    optional: true,
    minItems: 1,
    example: ["id", "customer", "total"],
  }),
  delimiter: string({
    doc: "csv and tsv: what separates fields; left out, a comma or a tab",
    optional: true,
    pattern: ONE_CHARACTER,
    example: ";",
  }),
  flushInterval: duration({
    doc:
      "gzip: envelopes are gathered so long (while few come), since what is " +
      "compressed together gets smaller; they are acknowledged after that",
    default: "1s",
    max: 10_000,
  }),
};

/** What the code reads. */
export type FileConfig = Config<typeof config>;

/** The format a config means. */
export function formatOf({ format, path }: FileConfig): FormatName {
  if (format !== undefined) return format;
  const extension = /\.(csv|tsv)(?:\.gz)?$/i.exec(path)?.[1].toLowerCase();
  return extension as FormatName | undefined ?? "jsonl";
}

/** Whether a config means gzip. */
export function isGzip({ compression, path }: FileConfig): boolean {
  return compression === undefined
    ? /\.gz$/i.test(path)
    : compression === "gzip";
}

/** Mistakes that no single key can see. */
export function* check(values: FileConfig): Generator<ConfigProblem> {
  const { path, maxBytes, maxAge, compression } = values;
  const problems = [...checkNames(path)];
  yield* problems;
  if (problems.length > 0) return;
  if (/[/\\]$/.test(path)) {
    yield {
      path: "config.path",
      message: "path must name a file, not a folder",
    };
  }
  if (!new NameTemplate(path).hasSequence) {
    for (const [key, value] of [["max_bytes", maxBytes], ["max_age", maxAge]]) {
      if (value === undefined) continue;
      yield {
        path: `config.${key}`,
        message: `${key} needs {seq} in path, so that each file has a name`,
        hint: `for example ${JSON.stringify(withSequence(path))}`,
      };
    }
  }
  if (compression === "none" && /\.gz$/i.test(path)) {
    yield {
      path: "config.compression",
      message: 'compression = "none" doesn\'t fit a path that ends in .gz',
    };
  }
  yield* checkCsvKeys(values);
}

function* checkCsvKeys(values: FileConfig): Generator<ConfigProblem> {
  const format = formatOf(values);
  if (format === "csv" || format === "tsv") return;
  for (const key of ["columns", "delimiter"] as const) {
    if (values[key] === undefined) continue;
    yield {
      path: `config.${key}`,
      message: `${key} is for csv and tsv, not for ${format}`,
    };
  }
}

/** `out/orders.jsonl` → `out/orders-{seq}.jsonl` */
function withSequence(path: string): string {
  return path.replace(/((?:\.[a-z]+)*)$/i, "-{seq}$1");
}
