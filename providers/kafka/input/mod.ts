/**
 * The `kafka` input: topics of Apache Kafka.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config, withEntity } from "./config.ts";
import { KafkaInput } from "./input.ts";
import { destroy, plan, status } from "./lifecycle.ts";

export default defineInput({
  name: "kafka",
  summary: "Reads topics of Apache Kafka, as a member of a consumer group",
  config,
  check,
  features: ["ack", "schema"],
  examples: [
    { bootstrap_servers: "localhost:9092", topics: ["orders"], group: "sales" },
    {
      bootstrap_servers: "localhost:9092",
      topic_pattern: "shop\\..*",
      group: "lake",
      follow: false,
    },
    {
      connection_string:
        "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=c2VjcmV0;EntityPath=orders",
      group: "lake",
    },
  ],
  open: (config, context) => KafkaInput.open(withEntity(config), context),
  lifecycle: {
    plan: (config, context) => plan(withEntity(config), context),
    status: (config, context) => status(withEntity(config), context),
    destroy: (config, context) => destroy(withEntity(config), context),
  },
});
