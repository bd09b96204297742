/**
 * `example`: the input a new one is copied from.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { config } from "./config.ts";
import { ExampleInput } from "./input.ts";

export default defineInput({
  name: "example",
  summary: "Sends the lines of a file",
  config,
  examples: [{ path: "numbers.txt" }],
  features: ["state"],
  open: ExampleInput.open,
});
