/**
 * `generate`: makes up envelopes for tests and benchmarks.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { config } from "./config.ts";
import { GenerateInput } from "./input.ts";

export default defineInput({
  name: "generate",
  summary:
    "Makes up envelopes of any size and number, for tests and benchmarks",
  config,
  examples: [{ max_count: 1_000_000 }, { rate: 1000, size: "2KiB" }],
  features: ["state", "schema"],
  open: (config) => new GenerateInput(config),
});
