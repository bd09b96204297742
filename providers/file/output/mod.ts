/**
 * The `file` output: JSON Lines, envelopes, CSV, TSV and Parquet, durable and rotated.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config, formatOf, holdOf } from "./config.ts";
import { plan, prepare, status } from "./lifecycle.ts";
import { FileOutput } from "./output.ts";
import { ParquetOutput } from "./parquet_output.ts";

const MAX_BATCH_BYTES = 1024 * 1024;

export default defineOutput({
  name: "file",
  summary: "Writes JSON Lines, envelopes, CSV, TSV or Parquet to files",
  config,
  check,
  examples: [
    { path: "out/orders.jsonl" },
    { path: "out/orders-{date}-{seq}.jsonl.gz", max_bytes: "256MiB" },
    { path: "out/orders.csv", columns: ["id", "customer", "total"] },
    { path: "out/orders-{date}-{seq}.parquet", max_age: "1h" },
  ],
  features: ["schema"],
  uses: (config) => formatOf(config) === "parquet" ? ["schema"] : [],
  hold: holdOf,
  // So that a file never has to grow beyond its bound by more than one line.
  batch: ({ maxBytes }) => ({
    maxBytes: Math.min(MAX_BATCH_BYTES, maxBytes ?? Infinity),
  }),
  open: (config, context) =>
    formatOf(config) === "parquet"
      ? ParquetOutput.open(config, context)
      : FileOutput.open(config, context.log),
  lifecycle: { init: prepare, plan, status },
});
