import { assert } from "../assert.ts";
import { needs } from "../needs.ts";
import { type Kafka, startKafka } from "./kafka.ts";

const ignore = !needs("kafka");

Deno.test({
  name: "a Kafka has topics, knows its user and comes back after a crash",
  ignore,
  fn: async () => {
    let folder: string;
    {
      await using server = await startKafka();
      folder = server.process.folder.path;
      await server.createTopic("orders", { partitions: 3 });
      await server.process.kill();
      await server.process.restart();
      assert.deepEqual(await listTopics(server, server.password), ["orders"]);
      await assert.rejects(
        () => listTopics(server, "another"),
        /Authentication failed/,
      );
    }
    await assert.rejects(() => Deno.stat(folder), Deno.errors.NotFound);
  },
});

async function listTopics(server: Kafka, password: string): Promise<string[]> {
  const config = server.process.folder.join("client.properties");
  await Deno.writeTextFile(
    config,
    `security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-256
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="${server.user}" password="${password}";`,
  );
  const text = await server.tool("org.apache.kafka.tools.TopicCommand", [
    "--bootstrap-server",
    server.saslBootstrap,
    "--list",
    "--command-config",
    config,
  ]);
  return text.split("\n").filter(Boolean);
}
