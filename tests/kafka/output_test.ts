/**
 * What is required of the Kafka output, against a real broker and read by a client
 * nobody here wrote.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { partitionOf } from "../../providers/kafka/wire/murmur2.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  change,
  makeTopic,
  open,
  range,
  Topic,
} from "../support/kafka/topic.ts";
import { readTopic } from "../support/kafka/read_topic.ts";
import { needs } from "../support/needs.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { batchOf, batchOfText } from "../support/servicebus_output.ts";

const ignore = !needs("kafka") || !needs("kafka-client");
const BY_TABLE = "{metadata.table}";

Deno.test({
  name: "the kafka output on one broker",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();

    await t.step("concurrent sends never share a sequence number", async () => {
      const topic = await Topic.make(server, { partitions: 8 });
      const rounds = 20;
      await using output = await topic.open({ batch_bytes: "1KiB" });
      for (const round of range(rounds)) {
        const rows = range(500).map((n) => change({ id: round * 500 + n }));
        assertEquals(await output.write(batchOf(rows)), {});
      }
      const ids = (await topic.values()).map((text) => JSON.parse(text!).id);
      assertEquals(ids.length, rounds * 500);
      assertEquals(new Set(ids).size, rounds * 500);
    });

    await t.step(
      "the key comes from the key columns, canonical, so a row lands in one partition",
      async () => {
        const topic = await Topic.make(server, { partitions: 4 });
        await using output = await topic.open();
        const spellings = [
          '{"b":1.50,"a":{"y":1,"x":[2]}}',
          '{ "a": {"x":[2.0],"y":1.0}, "b": 1.5, "other": 3 }',
        ];
        const metadata = '{"table":"t","operation":"insert","key":["a","b"]}';
        const big = '{"a":12345678901234567890,"b":0}';
        await output.write(batchOfText(
          [...spellings, big].map((data) =>
            `{"data":${data},"metadata":${metadata}}\n`
          ).join(""),
        ));
        const found = await topic.read();
        const key = '{"a":{"x":[2],"y":1},"b":1.5}';
        const same = found.filter((each) => each.key === key);
        assertEquals(same.length, 2);
        assertEquals(same[0].partition, same[1].partition);
        assert.ok(
          found.some((each) => each.key === '{"a":12345678901234567890,"b":0}'),
        );
      },
    );

    await t.step("the partition is the Java client's", async () => {
      const topic = await Topic.make(server, { partitions: 7 });
      const keys = range(300).map((n) => `k${"ö".repeat(n % 9)}${n * 7919}`);
      await server.tool("kafka.tools.ConsoleProducer", [
        "--bootstrap-server",
        server.bootstrap,
        "--topic",
        topic.name,
        "--property",
        "parse.key=true",
        "--property",
        "key.separator=|",
      ], keys.map((key) => `${key}|java\n`).join(""));
      await using output = await topic.open({ key: "{data.k}" });
      await output.write(
        batchOf(keys.map((k) => ({ data: { k }, metadata: {} }))),
      );
      const found = await topic.read();
      assertEquals(found.length, 600);
      const byKey = Map.groupBy(found, ({ key }) => key!);
      for (const [key, [one, other]] of byKey) {
        assertEquals(one.partition, other.partition, key);
        const bytes = new TextEncoder().encode(key);
        assertEquals(partitionOf(bytes, 7), one.partition);
      }
    });

    await t.step("envelopes without a key are spread", async () => {
      const topic = await Topic.make(server, { partitions: 4 });
      await using output = await topic.open();
      const text = "x".repeat(1000);
      await output.write(
        batchOf(range(400).map((n) => ({ data: { n, text }, metadata: {} }))),
      );
      const partitions = Map.groupBy(await topic.read(), (m) => m.partition);
      assertEquals(partitions.size, 4);
      for (const [, messages] of partitions) assert.ok(messages.length > 50);
    });

    await t.step(
      "a message that is too large is rejected alone, its neighbours are delivered once",
      async () => {
        const topic = await Topic.make(server, {
          settings: { "max.message.bytes": 20_000 },
        });
        await using output = await topic.open();
        const rows = range(100).map((id) =>
          change({ id, text: "x".repeat(id === 50 ? 30_000 : 100) })
        );
        const rejected = await output.write(batchOf(rows));
        assertEquals(Object.keys(rejected), ["50"]);
        assert.match(
          rejected[50],
          /^too_large: the message has 30\d+ bytes .* takes 20000/,
        );
        const ids = (await topic.values()).map((text) => JSON.parse(text!).id);
        assertEquals(ids, range(100).filter((id) => id !== 50));
      },
    );

    await t.step(
      "the limit is the topic's own, also where compressing makes a message fit",
      async () => {
        const topic = await Topic.make(server, {
          settings: { "max.message.bytes": 20_000 },
        });
        await using output = await topic.open({ compression: "gzip" });
        const text = "x".repeat(100_000);
        assertEquals(
          await output.write(batchOf([change({ id: 1, text })])),
          {},
        );
        const random = crypto.getRandomValues(new Uint8Array(30_000))
          .toBase64();
        const rejected = await output.write(
          batchOf([change({ id: 2, random }), change({ id: 3 })]),
        );
        assert.match(rejected[0], /^too_large/);
        assertEquals((await topic.values()).length, 2);
      },
    );

    await t.step(
      "a limit that was lowered since is met by halving, and only what is too large goes",
      async () => {
        const topic = await Topic.make(server);
        await using output = await topic.open();
        await output.write(batchOf([change({ id: 0 })]));
        await server.tool("kafka.admin.ConfigCommand", [
          "--bootstrap-server",
          server.bootstrap,
          "--alter",
          "--entity-type",
          "topics",
          "--entity-name",
          topic.name,
          "--add-config",
          "max.message.bytes=2000",
        ]);
        const rows = range(60).slice(1).map((id) =>
          change({ id, text: "x".repeat(id === 30 ? 3000 : 100) })
        );
        const rejected = await output.write(batchOf(rows));
        assertEquals(Object.keys(rejected), ["29"]);
        const ids = (await topic.values()).map((text) => JSON.parse(text!).id);
        assertEquals(ids, range(60).filter((id) => id !== 30));
      },
    );

    await t.step(
      "topic_prefix and the table give a legal name, and two tables that would share one are an error",
      async () => {
        await makeTopic(server, "data_events.sales_x.Order_lines");
        await using output = await open(server, {
          topic_prefix: "data_events",
        });
        const table = "sales x.Order lines";
        await output.write(batchOf([change({ id: 1 }, { table })]));
        const found = await readTopic(
          server.bootstrap,
          "data_events.sales_x.Order_lines",
        );
        assertEquals(found.length, 1);
        await assert.rejects(
          () =>
            output.write(
              batchOf([change({ id: 1 }, { table: "sales_x.Order_lines" })]),
            ),
          /"sales x.Order lines" and "sales_x.Order_lines" would share the topic/,
        );
        const long = "x".repeat(250);
        await assert.rejects(
          () => output.write(batchOf([change({ id: 1 }, { table: long })])),
          /has 262 characters, 249 are possible/,
        );
        const keyless = await output.write(
          batchOf([{ data: 1, metadata: {} }]),
        );
        assert.match(keyless[0], /^destination: no topic/);
      },
    );

    await t.step(
      "a missing topic is an error that names it, unless it may be made",
      async () => {
        await assert.rejects(
          () => open(server, { topic: "nope" }),
          (error: Error & { path?: string }) => {
            assertEquals(error.path, "config.topic");
            assert.match(error.message, /there is no topic "nope"/);
            return true;
          },
        );
        await using strict = await open(server, { topic: BY_TABLE });
        const batch = batchOf([change({ id: 1 }, { table: "none" })]);
        await assert.rejects(() => strict.write(batch), /no topic "none"/);
        await using output = await open(server, {
          topic: BY_TABLE,
          create_topics: true,
          topics: { partitions: 2, settings: { "max.message.bytes": "5000" } },
        });
        await output.write(batchOf([change({ id: 1 }, { table: "made" })]));
        assertEquals((await readTopic(server.bootstrap, "made")).length, 1);
      },
    );

    await t.step(
      "values are the data, the whole envelope or Debezium's shape, digits kept",
      async () => {
        const data = '{"id":7,"big":12345678901234567890,"price":1.50}';
        const metadata =
          '{"table":"sales.t","operation":"update","key":["id"],' +
          '"before":{"id":7,"price":1},"position":"0007","source":"mssql",' +
          '"timestamp":"2026-01-02T03:04:05.678Z"}';
        const line = `{"data":${data},"metadata":${metadata}}\n`;
        const written = async (config: JsonObject) => {
          const topic = await Topic.make(server);
          await using output = await topic.open(config);
          await output.write(batchOfText(line));
          return (await topic.read())[0];
        };
        assertEquals((await written({})).value, data);
        assertEquals(
          (await written({ value: "envelope" })).value,
          line.trimEnd(),
        );
        const debezium = await written({ value: "debezium" });
        assert.ok(debezium.value!.includes(`"after":${data},`));
        const { before, op, source } = JSON.parse(debezium.value!);
        assertEquals([before, op], [{ id: 7, price: 1 }, "u"]);
        assertEquals(
          [source.connector, source.schema, source.table, source.ts_ms],
          ["mssql", "sales", "t", Date.parse("2026-01-02T03:04:05.678Z")],
        );
      },
    );

    await t.step("a delete is a record, a tombstone, or both", async () => {
      const gone = change({ id: 7 }, { operation: "delete" });
      const cases: [JsonObject, (string | null)[]][] = [
        [{}, [null]],
        [{ deletes: "record" }, ['{"id":7}']],
        [{ deletes: "both" }, ['{"id":7}', null]],
      ];
      for (const [config, values] of cases) {
        const topic = await Topic.make(server);
        await using output = await topic.open(config);
        await output.write(batchOf([gone]));
        const found = await topic.read();
        assertEquals(found.map(({ value }) => value), values);
        assert.ok(found.every(({ key }) => key === '{"id":7}'));
      }
      const topic = await Topic.make(server);
      await using output = await topic.open({ value: "debezium" });
      const keyless = { data: { id: 7 }, metadata: { operation: "delete" } };
      const rejected = await output.write(batchOf([gone, keyless]));
      assert.match(rejected[1], /^no_key: a tombstone needs a key/);
      const [record, tombstone] = await topic.values();
      assertEquals(JSON.parse(record!).op, "d");
      assertEquals(JSON.parse(record!).before, { id: 7 });
      assertEquals(tombstone, null);
    });

    await t.step(
      "a row that got another key leaves a tombstone under the old one",
      async () => {
        const topic = await Topic.make(server);
        await using output = await topic.open();
        const before = { id: 7 };
        await output.write(batchOf([
          change({ id: 7 }),
          change({ id: 8, before: 1 }, { operation: "update", before }),
        ]));
        assertEquals(
          (await topic.read()).map(({ key, value }) => [key, value]),
          [
            ['{"id":7}', '{"id":7}'],
            ['{"id":7}', null],
            ['{"id":8}', '{"id":8,"before":1}'],
          ],
        );
      },
    );

    await t.step(
      "metadata become headers, with a prefix, if asked",
      async () => {
        const topic = await Topic.make(server);
        await using output = await topic.open({
          metadata_headers: true,
          header_prefix: "x-",
          headers: { origin: "{metadata.table}/é", none: "{data.none}" },
        });
        await output.write(batchOf([change({ id: 1 })]));
        const [{ headers }] = await topic.read();
        assertEquals(headers, [
          ["origin", "t/é"],
          ["x-table", "t"],
          ["x-operation", "insert"],
          ["x-key", '["id"]'],
        ]);
      },
    );

    await t.step("all codecs are written", async () => {
      for (const compression of ["gzip", "snappy", "lz4", "zstd"]) {
        const topic = await Topic.make(server);
        await using output = await topic.open({ compression });
        const rows = range(1000).map((id) =>
          change({ id, text: "x".repeat(50) })
        );
        await output.write(batchOf(rows));
        const ids = (await topic.values()).map((text) => JSON.parse(text!).id);
        assertEquals(ids, range(1000), compression);
      }
    });

    await t.step("the timestamp can be the source's commit time", async () => {
      const topic = await Topic.make(server);
      await using output = await topic.open({ timestamp: "source" });
      const nowMs = Date.now();
      await output.write(batchOf([
        change({ id: 1 }, { timestamp: "2026-01-02T03:04:05.678+01:00" }),
        change({ id: 2 }),
      ]));
      const [known, unknown] = await topic.read();
      assertEquals(known.timestampMs, Date.parse("2026-01-02T02:04:05.678Z"));
      assert.ok(unknown.timestampMs >= nowMs);
    });

    await t.step("texts and bytes are written as they are", async () => {
      const topic = await Topic.make(server);
      const of = (data: unknown) => ({ data, metadata: {} }) as JsonObject;
      {
        await using output = await topic.open({ serialization: "text" });
        const rejected = await output.write(batchOf([of("a\nb"), of({})]));
        assert.match(rejected[1], /^invalid: .*needs data that is a text/);
      }
      await using output = await topic.open({ serialization: "bytes" });
      const rejected = await output.write(batchOf([of("w6k="), of("w6k")]));
      assert.match(rejected[1], /^invalid: the data is no base64/);
      assertEquals(await topic.values(), ["a\nb", "é"]);
    });

    await t.step(
      "a compacted topic gets no message without a key",
      async () => {
        const topic = await Topic.make(server, {
          settings: { "cleanup.policy": "compact" },
        });
        await using output = await topic.open();
        const rejected = await output.write(
          batchOf([change({ id: 1 }), { data: 2, metadata: {} }]),
        );
        assert.match(rejected[1], /^no_key: .*is compacted/);
        assertEquals((await topic.values()).length, 1);
      },
    );
  },
});

Deno.test({
  name: "requests stay below what the broker takes",
  ignore,
  fn: async () => {
    await using server = await startKafka({
      "socket.request.max.bytes": 150_000,
    });
    const topic = await Topic.make(server, { partitions: 20 });
    await using output = await topic.open({
      request_bytes: "100KiB",
      batch_bytes: "50KiB",
    });
    const rows = range(2000).map((id) => change({ id, text: "x".repeat(900) }));
    await output.write(batchOf(rows));
    assertEquals((await topic.values()).length, 2000);
  },
});
