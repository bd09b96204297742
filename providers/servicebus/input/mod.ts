/**
 * The `servicebus` input: queues and subscriptions of Azure Service Bus.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { ServiceBusInput } from "./input.ts";
import { plan, status } from "./lifecycle.ts";

export default defineInput({
  name: "servicebus",
  summary: "Receives from queues and subscriptions of Azure Service Bus",
  config,
  check,
  examples: [
    { connection_string: "Endpoint=…", queue: "orders" },
    { namespace: "mybus", topic: "db.Cars.events", subscription: "sub1" },
  ],
  features: ["ack"],
  open: (config, context) => ServiceBusInput.open(config, context),
  lifecycle: { plan, status },
});
