/**
 * `example`: the output a new one is copied from.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { config } from "./config.ts";
import { ExampleOutput } from "./output.ts";

export default defineOutput({
  name: "example",
  summary: "Appends the data of every envelope to a file",
  config,
  examples: [{ path: "copy.jsonl" }],
  open: ExampleOutput.open,
});
