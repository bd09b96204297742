/**
 * The `eventhubs` output: an event hub of Azure Event Hubs.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { EventHubsOutput } from "./output.ts";

export default defineOutput({
  name: "eventhubs",
  summary: "Sends envelopes to an event hub of Azure Event Hubs",
  config,
  check,
  examples: [
    { connection_string: "Endpoint=…", event_hub: "orders" },
    { namespace: "mybus", event_hub: "orders", partition_key: "{data.id}" },
  ],
  open: (config, context) => EventHubsOutput.open(config, context),
});
