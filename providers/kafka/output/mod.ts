/**
 * The `kafka` output: topics of Apache Kafka.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { isRowFormat } from "../registry/format_names.ts";
import { check, config, withEventHubs } from "./config.ts";
import { destroy, init, plan, status } from "./lifecycle.ts";
import { KafkaOutput } from "./output.ts";

const MIB = 1024 * 1024;

export default defineOutput({
  name: "kafka",
  summary: "Sends envelopes to topics of Apache Kafka",
  config,
  check,
  features: ["schema"],
  uses: ({ serialization }) => isRowFormat(serialization) ? ["schema"] : [],
  examples: [
    { bootstrap_servers: "localhost:9092", topic: "orders" },
    { bootstrap_servers: "localhost:9092", topic_prefix: "shop" },
  ],
  batch: () => ({ maxBytes: 4 * MIB, maxEnvelopes: 20_000 }),
  open: (config, context) => KafkaOutput.open(withEventHubs(config), context),
  lifecycle: {
    init: (config, context) => init(withEventHubs(config), context),
    plan: (config, context) => plan(withEventHubs(config), context),
    status: (config, context) => status(withEventHubs(config), context),
    destroy: (config, context) => destroy(withEventHubs(config), context),
  },
});
