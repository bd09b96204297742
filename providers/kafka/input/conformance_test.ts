import type { JsonObject } from "@dstream/sdk";
import { fromSource, testInput } from "@dstream/sdk/testing";
import { committedOffsets } from "../../../tests/support/kafka/committed.ts";
import { makeTopic } from "../../../tests/support/kafka/topic.ts";
import { writeTopic } from "../../../tests/support/kafka/write_topic.ts";
import { needs } from "../../../tests/support/needs.ts";
import {
  type Kafka,
  startKafka,
} from "../../../tests/support/servers/kafka.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const COUNT = 40;
const MANY = 20_000;

if (needs("kafka") && needs("kafka-client")) {
  // One broker for all: it takes seconds to start. The last test stops it.
  let starting: Promise<Kafka> | undefined;
  let made = 0;
  const fill = async (count: number) => {
    const { bootstrap } = await (starting ??= startKafka());
    const topic = `conformance-${++made}`;
    await makeTopic(await starting, topic);
    const sent = Array.from({ length: count }, (_, n) => ({
      value: JSON.stringify({ n }),
    }));
    await writeTopic(bootstrap, topic, sent);
    const config: JsonObject = {
      bootstrap_servers: bootstrap,
      topics: [topic],
      group: topic,
      // One that was killed comes back at once, and not after its session.
      instance_id: "one",
    };
    return { bootstrap, topic, config };
  };
  testInput({
    name: "kafka input",
    subject,
    finite: async (test) => {
      const { bootstrap, topic, config } = await fill(COUNT);
      await test({
        config: { ...config, follow: false },
        count: COUNT,
        unconfirmed: async () => {
          const offsets = await committedOffsets(bootstrap, topic, topic);
          return COUNT - (offsets[0] ?? 0);
        },
      });
    },
    endless: async (test) => {
      const { config } = await fill(MANY);
      await test({ config });
    },
  });
  Deno.test("the broker of the kafka input's tests is stopped", async () => {
    await (await starting)?.[Symbol.asyncDispose]();
  });
}
