/**
 * The `singer` input: any Singer tap.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { findExecutable } from "../find_executable.ts";
import { check, config } from "./config.ts";
import { SingerInput } from "./input.ts";

export default defineInput({
  name: "singer",
  summary: "Reads from any Singer tap",
  config,
  check,
  features: ["state", "ack", "schema"],
  examples: [
    { tap: "tap-jsonl", tap_config: { path: "orders.jsonl" } },
    {
      tap: ["uvx", "--from", "meltanolabs-tap-postgres", "tap-postgres"],
      tap_config: { host: "db.example.com", database: "shop" },
      select: ["public-orders", "!*.password"],
      interval: "5m",
    },
  ],
  open: (config) => {
    findExecutable(config.tap, "tap");
    return new SingerInput(config);
  },
});
