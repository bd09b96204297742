/**
 * Values that are written with schemas of a registry, by Confluent's own serializer.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { KafkaOutputUnderTest } from "../support/kafka/output_under_test.ts";
import { RegistryServer } from "../support/kafka/registry_server.ts";
import { Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { batchOfText } from "../support/servicebus_output.ts";
import { runTool } from "../support/tools.ts";

const SCRIPT = fileURLToPath(
  new URL("../support/kafka/write_avro.py", import.meta.url),
);

const READ_SCRIPT = fileURLToPath(
  new URL("../support/kafka/read_avro.py", import.meta.url),
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
    assertEquals([json.data, plain.data], [{ n: 1 }, { plain: true }]);
    assert.match(String(proto.metadata.problem), /PROTOBUF, which is not read/);
    assert.match(String(unknown.metadata.problem), /has no schema 99999/);
    // Each schema once, and twice in vain.
    assertEquals(registry.asked, 7);

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

Deno.test({
  name:
    "rows are written as Avro by their schema, and Confluent's client reads them",
  ignore: !needs("kafka") || !needs("schema-client"),
  fn: async () => {
    await using server = await startKafka();
    await using registry = new RegistryServer();
    const topic = await Topic.make(server);
    const schema = {
      table: "orders",
      key: ["id"],
      fields: [
        { name: "id", type: "int64" },
        { name: "price", type: "decimal", precision: 30, scale: 4 },
        { name: "at", type: "timestamptz", precision: 6 },
        { name: "day", type: "date" },
        { name: "raw", type: "bytes" },
        { name: "ok", type: "boolean" },
        { name: "ratio", type: "float64" },
        { name: "doc", type: "json" },
        { name: "tags", type: "list", element: { type: "string" } },
        { name: "odd name", type: "string" },
      ],
    };
    const row = {
      id: "9007199254740993",
      price: "-12345678901234567890.12",
      at: "2026-01-02T03:04:05.678901+01:00",
      day: "1969-12-31",
      raw: "AP8=",
      ok: true,
      ratio: 0.1,
      doc: { a: 1 },
      tags: ["a", "b"],
      "odd name": "Zoë",
    };
    const metadata = { table: "orders", operation: "insert", key: ["id"] };
    const lines = [
      { data: row, metadata },
      { data: { id: 1 }, metadata },
      { data: { id: 2, day: "soon" }, metadata },
      { data: { id: 3 }, metadata: { ...metadata, table: "unknown" } },
    ];
    const text = `\x1e${JSON.stringify({ schema })}\n` +
      lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await using output = await KafkaOutputUnderTest.open({
      bootstrap_servers: server.bootstrap,
      topic: topic.name,
      serialization: "avro",
      schema_registry: { url: registry.url },
    });
    const rejected = await output.write(batchOfText(text));
    assertEquals(Object.keys(rejected), ["2", "3"]);
    assert.match(rejected[2], /^invalid: no Avro: the column "day"/);
    assert.match(rejected[3], /^invalid: no Avro: its table has no schema/);
    const printed = await runTool(pythonOf("schema-client"), [
      READ_SCRIPT,
      server.bootstrap,
      registry.url,
      topic.name,
      "2",
    ]);
    const [full, empty] = printed.trim().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals([full.price, full.at, full.day], [
      "-12345678901234567890.1200",
      "2026-01-02 02:04:05.678901+00:00",
      "1969-12-31",
    ]);
    assertEquals([full.ok, full.ratio, full.doc, full.tags, full.odd_name], [
      true,
      0.1,
      '{"a":1}',
      ["a", "b"],
      "Zoë",
    ]);
    assert.ok(printed.includes("9007199254740993"));
    assertEquals([empty.id, empty.price, empty.tags], [1, null, null]);
    registry.refusal = "Schema being registered is incompatible";
    const other = { ...schema, fields: [{ name: "id", type: "string" }] };
    await assert.rejects(
      () =>
        output.write(batchOfText(
          `\x1e${JSON.stringify({ schema: other })}\n` +
            `${JSON.stringify({ data: { id: "x" }, metadata })}\n`,
        )),
      /refuses the schema for "topic-\d+-value": Schema being registered/,
    );
  },
});
