/**
 * `null`: takes everything and keeps nothing, for tests and benchmarks.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { config } from "./config.ts";
import { NullOutput } from "./output.ts";

export default defineOutput({
  name: "null",
  summary: "Takes everything and keeps nothing, for tests and benchmarks",
  config,
  examples: [{}, { delay: "10ms" }],
  open: (config) => new NullOutput(config),
});
