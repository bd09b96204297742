/**
 * `generate`: makes up envelopes for tests and benchmarks.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { GenerateInput } from "./input.ts";

export default defineInput({
  name: "generate",
  summary:
    "Makes up envelopes of any size and number, for tests and benchmarks",
  config,
  check,
  examples: [
    { max_count: 1_000_000 },
    { rate: 1000, size: "2KiB" },
    { columns: { id: "int64", name: "string", price: "decimal(12,2)" } },
  ],
  features: ["state", "schema"],
  open: (config) => new GenerateInput(config),
});
