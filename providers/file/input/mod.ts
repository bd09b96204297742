/**
 * The `file` input: JSON Lines, CSV, TSV, text and Parquet from files, once or for ever.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config, isTable } from "./config.ts";
import { FileInput } from "./input.ts";

export default defineInput({
  name: "file",
  summary: "Reads JSON Lines, CSV, TSV, text or Parquet from files",
  config,
  check,
  features: ["state", "schema"],
  uses: (config) => isTable(config) ? ["state", "schema"] : ["state"],
  // Begun at the end, a file can't be begun there once more without a gap.
  needs: ({ follow, readFrom }) =>
    follow && readFrom === "end" ? ["state"] : [],
  examples: [
    { path: "orders.jsonl" },
    { path: "in/**/*.csv.gz", delimiter: ";" },
    { path: "/var/log/app.log", follow: true },
  ],
  open: (config) => FileInput.open(config),
});
