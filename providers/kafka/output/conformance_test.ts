import { fromSource, testOutput } from "@dstream/sdk/testing";
import { needs } from "../../../tests/support/needs.ts";
import { makeTopic } from "../../../tests/support/kafka/topic.ts";
import { readTopic } from "../../../tests/support/kafka/read_topic.ts";
import { standStill } from "../../../tests/support/stand_still.ts";
import {
  type Kafka,
  startKafka,
} from "../../../tests/support/servers/kafka.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const LARGEST_BYTES = 40 * 1024 * 1024;

if (needs("kafka") && needs("kafka-client")) {
  // One broker for all: it takes seconds to start. The process ends with it.
  let starting: Promise<Kafka> | undefined;
  const server = () =>
    starting ??= startKafka({
      "message.max.bytes": LARGEST_BYTES,
      "replica.fetch.max.bytes": LARGEST_BYTES,
    });
  let count = 0;
  testOutput({
    name: "kafka output",
    subject,
    longestBytes: 16 * 1024 * 1024,
    destination: async (test) => {
      const kafka = await server();
      const topic = `conformance-${++count}`;
      await makeTopic(kafka, topic);
      await test({
        config: { bootstrap_servers: kafka.bootstrap, topic },
        arrived: async () =>
          (await readTopic(kafka.bootstrap, topic))
            .map(({ value }) => JSON.parse(value!)),
        stall: () => Promise.resolve(standStill(kafka.process.pid)),
      });
    },
  });
  Deno.test("the broker of the kafka output's tests is stopped", async () => {
    await (await starting)?.[Symbol.asyncDispose]();
  });
}
