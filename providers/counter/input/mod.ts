/**
 * `counter`: emits 1, 2, 3, … for demos and first steps.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { config } from "./config.ts";
import { CounterInput } from "./input.ts";

export default defineInput({
  name: "counter",
  summary: "Emits 1, 2, 3, … at an interval, for demos and first steps",
  config,
  examples: [{ interval: 1000, max_count: 5 }],
  features: ["state"],
  open: (config) => new CounterInput(config),
});
