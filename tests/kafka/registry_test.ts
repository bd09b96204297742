/**
 * Values that are written with schemas of a registry, by Confluent's own serializer.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { RegistryServer } from "../support/kafka/registry_server.ts";
import { Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { runTool } from "../support/tools.ts";

const SCRIPT = fileURLToPath(
  new URL("../support/kafka/write_avro.py", import.meta.url),
);

Deno.test({
  name:
    "a value with a registry's magic byte is decoded, or refused with that reason",
  ignore: !needs("kafka") || !needs("schema-client"),
  fn: async () => {
    await using server = await startKafka();
    await using registry = new RegistryServer();
    const topic = await Topic.make(server);
    await runTool(pythonOf("schema-client"), [
      SCRIPT,
      server.bootstrap,
      registry.url,
      topic.name,
    ]);
    const config = {
      bootstrap_servers: server.bootstrap,
      topics: [topic.name],
      follow: false,
    };
    registry.failures = 2;
    await using input = await KafkaInputUnderTest.open({
      ...config,
      group: "decodes",
      schema_registry: { url: registry.url },
    });
    const [avro, json, proto, unknown, plain] = await input.takeAll();
    const row = {
      id: "9007199254740993",
      small: -7,
      name: "Zoë",
      ok: true,
      ratio: 0.1,
      single: 0.5,
      raw: "AP8=",
      price: "-12345678901234567890.1234",
      day: "1969-12-31",
      at: "2026-01-02T03:04:05.678901Z",
      ms: "1960-01-02T03:04:05.678Z",
      hour: "03:04:05.678901",
      code: "YWJj",
      kind: "B",
      tags: ["a", "b"],
      more: { x: 1 },
      uid: "00000000-0000-0000-0000-000000000007",
    };
    assertEquals(avro.data, {
      ...row,
      child: { ...row, name: null, child: null },
    });
    const { key } = avro.metadata.kafka as { key: string };
    assertEquals(key, '{"id":7}');
    assertEquals([json.data, proto.data, plain.data], [
      { n: 1 },
      { n: 1 },
      { plain: true },
    ]);
    assert.match(String(unknown.metadata.problem), /has no schema 99999/);
    // Each schema once, and twice in vain.
    assertEquals(registry.asked, 7);

    for (const [format, right] of Object.entries(RIGHT)) {
      await using named = await KafkaInputUnderTest.open({
        ...config,
        group: `named-${format}`,
        format,
        schema_registry: { url: registry.url },
      });
      assertEquals(
        (await named.takeAll()).map(({ metadata: { problem } }) =>
          String(problem ?? "fits").replace(/^.* offset \d+: /, "")
        ),
        right,
        format,
      );
    }

    await using blind = await KafkaInputUnderTest.open({
      ...config,
      group: "blind",
    });
    const [refused] = await blind.takeAll();
    assert.match(
      String(refused.metadata.problem),
      /schema_registry is not set/,
    );
  },
});

const UNKNOWN = "the registry has no schema 99999";

/** What a format by name takes of the five messages. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  avro: [
    "fits",
    "its schema is one of JSON Schema, not of Avro",
    "its schema is one of Protobuf, not of Avro",
    UNKNOWN,
    "it is not written with a schema of the registry, and not in Avro",
  ],
  json_schema: [
    "its schema is one of Avro, not of JSON Schema",
    "fits",
    "its schema is one of Protobuf, not of JSON Schema",
    UNKNOWN,
    "it is not written with a schema of the registry, and not in JSON Schema",
  ],
  protobuf: [
    "its schema is one of Avro, not of Protobuf",
    "its schema is one of JSON Schema, not of Protobuf",
    "fits",
    UNKNOWN,
    "it is not written with a schema of the registry, and not in Protobuf",
  ],
  text: ["fits", "fits", "fits", UNKNOWN, "fits"],
};
