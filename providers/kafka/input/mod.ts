/**
 * The `kafka` input: topics of Apache Kafka.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { KafkaInput } from "./input.ts";
import { destroy, plan, status } from "./lifecycle.ts";

export default defineInput({
  name: "kafka",
  summary: "Reads topics of Apache Kafka, as a member of a consumer group",
  config,
  check,
  features: ["ack"],
  examples: [
    { bootstrap_servers: "localhost:9092", topics: ["orders"], group: "sales" },
    {
      bootstrap_servers: "localhost:9092",
      topic_pattern: "shop\\..*",
      group: "lake",
      follow: false,
    },
  ],
  open: (config, context) => KafkaInput.open(config, context),
  lifecycle: { plan, status, destroy },
});
