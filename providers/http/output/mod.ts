/**
 * The `http` output: envelopes as requests to an API or a webhook.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { HttpOutput } from "./output.ts";

export default defineOutput({
  name: "http",
  summary: "Sends envelopes to APIs and webhooks, one by one or in batches",
  config,
  check,
  examples: [
    { url: "https://api.example.com/orders", auth_token: "…" },
    {
      url: "https://api.example.com/import",
      batch: "json_lines",
      batch_size: 1000,
    },
  ],
  open: (config, context) => HttpOutput.open(config, context),
});
