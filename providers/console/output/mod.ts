/**
 * `console`: prints envelopes on the terminal.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { config } from "./config.ts";
import { ConsoleOutput } from "./output.ts";
import { pretendedResources } from "./resources.ts";

export default defineOutput({
  name: "console",
  summary: "Prints envelopes on the terminal",
  config,
  examples: [{ output_format: "simple" }, { output_format: "structured" }],
  features: ["schema"],
  uses: ({ format }) => format === "structured" ? ["schema"] : [],
  open: (config) => new ConsoleOutput(config),
  lifecycle: pretendedResources,
});
