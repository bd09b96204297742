/**
 * The `servicebus` output: queues and topics of Azure Service Bus.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { destroy, init, plan, status } from "./lifecycle.ts";
import { ServiceBusOutput } from "./output.ts";

export default defineOutput({
  name: "servicebus",
  summary: "Sends envelopes to queues and topics of Azure Service Bus",
  config,
  check,
  examples: [
    { connection_string: "Endpoint=…", queue: "orders" },
    { namespace: "mybus", topic: "{metadata.Destination}" },
  ],
  open: (config, context) => ServiceBusOutput.open(config, context),
  lifecycle: { init, plan, status, destroy },
});
