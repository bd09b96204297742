/**
 * A connection string of Azure Event Hubs, with a real broker in its place.
 *
 * The broker's TLS listener takes PLAIN from `$ConnectionString` with the string as
 * password, as Event Hubs does. Event Hubs itself was never reached.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { KafkaOutputUnderTest } from "../support/kafka/output_under_test.ts";
import { change, makeTopic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { batchOf } from "../support/servicebus_output.ts";

const HUB = "orders";
const IDLE_MS = 2000;

Deno.test({
  name: "a connection string of Event Hubs is all that is needed, both ways",
  ignore: !needs("kafka") || !needs("openssl"),
  fn: async (t) => {
    const key = "SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0PT0=";
    let connectionString = "";
    await using server = await startKafka(
      { "connections.max.idle.ms": IDLE_MS }, // Azure's is 240 s
      {
        withTls: true,
        plainTlsLogin: (port) => {
          connectionString =
            `Endpoint=sb://127.0.0.1:${port}/;${key};EntityPath=${HUB}`;
          return { user: "$ConnectionString", password: connectionString };
        },
      },
    );
    await makeTopic(server, HUB);
    const common = {
      connection_string: connectionString,
      tls: { ca_file: server.certificates!.authority },
    };

    await using output = await KafkaOutputUnderTest.open({
      ...common,
      compression: "gzip",
    });
    await t.step("the event hub is that of the string", async () => {
      assertEquals(await output.write(batchOf([change({ id: 1 })])), {});
    });
    await t.step(
      "what is larger than Event Hubs takes is rejected",
      async () => {
        const text = "x".repeat(990_000);
        await using plain = await KafkaOutputUnderTest.open(common);
        const rejected = await plain.write(batchOf([
          change({ id: 2, text }),
          change({ id: 3 }),
        ]));
        assertEquals(Object.keys(rejected), ["0"]);
        assert.match(rejected[0], /^too_large: .* takes 950000 /);
      },
    );
    await t.step("connections that were idle are made anew", async () => {
      await new Promise((wake) => setTimeout(wake, 2 * IDLE_MS));
      assertEquals(await output.write(batchOf([change({ id: 4 })])), {});
    });
    await t.step("it is read, and what was read is committed", async () => {
      const config = { ...common, group: "lake", follow: false };
      await using input = await KafkaInputUnderTest.open(config);
      const ids = (await input.takeAll()).map(({ data }) =>
        (data as { id: number }).id
      );
      assertEquals(ids, [1, 3, 4]);
    });
    await t.step("a wrong key is told, and not repeated", async () => {
      const wrong = connectionString.replace("c2VjcmV0", "d3Jvbmc");
      await assert.rejects(
        () =>
          KafkaOutputUnderTest.open({ ...common, connection_string: wrong }),
        (error: Error) => {
          assert.match(error.message, /refused the login/);
          assert.doesNotMatch(error.message, /d3Jvbmc/);
          return true;
        },
      );
    });
  },
});
