/**
 * The `rest` input: records of an API, page by page, again and again.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { RestInput } from "./input.ts";
import { plan } from "./lifecycle.ts";

export default defineInput({
  name: "rest",
  summary: "Reads records from REST APIs, page by page, as they change",
  config,
  check,
  examples: [
    {
      endpoint: "https://api.example.com/v1/events",
      auth_token: "…",
      poll_interval: 30000,
    },
    {
      endpoint: "https://api.example.com/v1",
      pagination: { type: "page", param: "page" },
      streams: { orders: { path: "orders", key: ["id"] } },
    },
  ],
  features: ["state", "schema"],
  open: (config, context) => RestInput.open(config, context),
  lifecycle: { plan },
});
