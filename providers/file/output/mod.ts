/**
 * The `file` output: JSON Lines, envelopes, CSV and TSV, durable and rotated.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { plan, prepare, status } from "./lifecycle.ts";
import { FileOutput } from "./output.ts";

const MAX_BATCH_BYTES = 1024 * 1024;

export default defineOutput({
  name: "file",
  summary: "Writes JSON Lines, envelopes, CSV or TSV to files",
  config,
  check,
  examples: [
    { path: "out/orders.jsonl" },
    { path: "out/orders-{date}-{seq}.jsonl.gz", max_bytes: "256MiB" },
    { path: "out/orders.csv", columns: ["id", "customer", "total"] },
  ],
  // So that a file never has to grow beyond its bound by more than one line.
  batch: ({ maxBytes }) => ({
    maxBytes: Math.min(MAX_BATCH_BYTES, maxBytes ?? Infinity),
  }),
  open: (config, { log }) => FileOutput.open(config, log),
  lifecycle: { init: prepare, plan, status },
});
