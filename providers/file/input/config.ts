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
  oneOf,
  string,
} from "@dstream/sdk";
import {
  checkRecordKeys,
  compressionOf,
  FORMAT_NAMES,
  formatOf,
  isTableFormat,
  recordKeys,
} from "../../formats/reading/mod.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  path: string({
    doc: "A file, or a pattern such as in/**/*.csv; relative to the " +
      "configuration's folder",
    example: "orders.jsonl",
  }),
  ...recordKeys("each file's name without folders and endings"),
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
};

/** What the code reads. */
export type FileConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: FileConfig): Generator<ConfigProblem> {
  const { path, follow, readFrom } = values;
  const format = values.format ?? formatOf(path);
  if (format === undefined) {
    yield {
      path: "config.format",
      message: `format is required, since ${JSON.stringify(path)} doesn't ` +
        "end in the name of one",
      hint: `one of ${FORMAT_NAMES.join(", ")}`,
    };
  }
  const whole = wholeKind(path, values.format);
  if (follow && whole !== undefined) {
    yield {
      path: "config.follow",
      message: `follow must be false for ${JSON.stringify(path)}: a ` +
        `${whole} file can't be read while it grows`,
    };
  }
  if (!follow && readFrom === "end") {
    yield {
      path: "config.read_from",
      message: 'read_from = "end" needs follow = true',
    };
  }
  yield* checkRecordKeys(values, format);
}

/** What a file is that can't grow: it is read when it is whole. */
export function wholeKind(
  path: string,
  format: FileConfig["format"],
): "compressed" | "Parquet" | undefined {
  if (compressionOf(path) !== "none") return "compressed";
  return (format ?? formatOf(path)) === "parquet" ? "Parquet" : undefined;
}

/** Whether records have columns. */
export function isTable({ path, format }: FileConfig): boolean {
  const name = format ?? formatOf(path);
  // A pattern may find files of any kind.
  return name === undefined || isTableFormat(name);
}
