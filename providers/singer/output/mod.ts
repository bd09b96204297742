/**
 * The `singer` output: any Singer target.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config, holdOf } from "./config.ts";
import { SingerOutput } from "./output.ts";

export default defineOutput({
  name: "singer",
  summary: "Writes to any Singer target",
  config,
  check,
  features: ["schema"],
  examples: [
    { target: "target-jsonl", target_config: { destination_path: "out" } },
    {
      target: [
        "uvx",
        "--from",
        "meltanolabs-target-postgres",
        "target-postgres",
      ],
      target_config: { host: "db.example.com", database: "copy" },
      flush_interval: "5m",
    },
  ],
  hold: holdOf,
  open: (config, context) => SingerOutput.open(config, context),
});
