import type { JsonObject } from "@dstream/sdk";
import { parseConfig } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import * as input from "../input/config.ts";
import * as output from "../output/config.ts";
import { reachedBy } from "./fields.ts";

const NAMESPACE = "Endpoint=sb://shop.servicebus.windows.net/;" +
  "SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0PT0=";
const HUB = `${NAMESPACE};EntityPath=orders`;

function checkedInput(given: JsonObject) {
  const { values, problems } = parseConfig(input.config, given);
  return { values, problems: [...problems, ...input.check(values!)] };
}

function checkedOutput(given: JsonObject) {
  const { values, problems } = parseConfig(output.config, given);
  return { values, problems: [...problems, ...output.check(values!)] };
}

Deno.test("a connection string says broker, login and event hub", () => {
  const { values, problems } = checkedInput({
    connection_string: HUB,
    group: "g",
  });
  assertEquals(problems, []);
  assertEquals(input.withEntity(values!).topics, ["orders"]);
  assertEquals(reachedBy(values!), {
    bootstrapServers: "shop.servicebus.windows.net:9093",
    tls: {},
    sasl: { mechanism: "PLAIN", username: "$ConnectionString", password: HUB },
  } as never);
});

Deno.test("an output keeps to what Event Hubs takes", () => {
  const { values, problems } = checkedOutput({ connection_string: HUB });
  assertEquals(problems, []);
  const { topic, requestBytes, batchBytes } = output.withEventHubs(values!);
  assertEquals([topic, requestBytes, batchBytes], ["orders", 1e6, 950_000]);
});

/** What is given besides, and what is said of it. */
const REFUSED: readonly (readonly [JsonObject, RegExp])[] = [
  [
    { connection_string: "Server=db;Password=c2VjcmV0" },
    /is none of Event Hubs/,
  ],
  [
    {
      connection_string: "Endpoint=sb://a.servicebus.windows.net/;" +
        "SharedAccessSignature=c2VjcmV0",
    },
    /has a shared access signature, which Event Hubs doesn't take/,
  ],
  [{ bootstrap_servers: "b:9092" }, /exclude each other/],
  [
    { sasl: { mechanism: "PLAIN", username: "u", password: "p" } },
    /connection_string logs in already/,
  ],
  [{ compression: "zstd" }, /Event Hubs takes no zstd/],
  [{ create_topics: true }, /are not made over the Kafka protocol/],
  [{ topics: { names: ["a"] } }, /are not made over the Kafka protocol/],
];

Deno.test("what Event Hubs can't do is said when the file is checked", async (t) => {
  for (const [more, why] of REFUSED) {
    await t.step(why.source, () => {
      const { problems } = checkedOutput({
        connection_string: HUB,
        topic: "orders",
        ...more,
      });
      const text = problems.map(({ message }) => message).join("\n");
      assert.match(text, why);
      assert.doesNotMatch(text, /c2VjcmV0/);
    });
  }
  await t.step("a long group", () => {
    const { problems } = checkedInput({
      connection_string: HUB,
      group: "g".repeat(257),
    });
    assert.match(problems[0].message, /257 characters, Event Hubs takes 256/);
  });
  await t.step("neither brokers nor a connection string", () => {
    const { problems } = checkedOutput({ topic: "orders" });
    assert.match(problems[0].message, /bootstrap_servers is required/);
  });
});
