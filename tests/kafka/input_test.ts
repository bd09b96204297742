/**
 * What is required of the Kafka input, against a real broker; the messages are
 * written by Kafka's own tools or by librdkafka where it matters who wrote them.
 *
 * @module
 */

import type { Envelope, JsonObject } from "@dstream/sdk";
import { readChange } from "@dstream/sdk/changes";
import { until } from "../support/until.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { commitOffset, committedOffsets } from "../support/kafka/committed.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { type Sent, writeTopic } from "../support/kafka/write_topic.ts";
import { range, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";

const ignore = !needs("kafka") || !needs("kafka-client");

let groups = 0;

/** Reads a topic from its beginning, up to the end there is. */
function open(
  server: Kafka,
  topic: Topic | string,
  config: JsonObject = {},
): Promise<KafkaInputUnderTest> {
  return KafkaInputUnderTest.open({
    bootstrap_servers: server.bootstrap,
    topics: [typeof topic === "string" ? topic : topic.name],
    group: `group-${++groups}`,
    follow: false,
    ...config,
  });
}

/** `{"n":0}`, … */
function numbered(count: number, more: Partial<Sent> = {}): Sent[] {
  return range(count).map((n) => ({ value: JSON.stringify({ n }), ...more }));
}

function numbersOf(envelopes: readonly Envelope[]): number[] {
  return envelopes.map(({ data }) => (data as { n: number }).n);
}

function kafkaOf({ metadata }: Envelope): JsonObject {
  return metadata.kafka as JsonObject;
}

Deno.test({
  name: "the kafka input on one broker",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();
    const { bootstrap } = server;

    await t.step(
      "key, headers (repeated, binary), timestamp, partition and offset are in the metadata",
      async () => {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, [
          {
            key: "k",
            value: '{"id":12345678901234567890,"price":1.50}',
            timestampMs: 1_767_323_045_678,
            headers: [["a", "1"], ["a", "2"], ["ö", null], ["b", {
              base64: "/w==",
            }]],
          },
          { key: { base64: "/v8=" }, value: '{\n "pretty": "a\\nb"\r\n}' },
        ]);
        await using input = await open(server, topic);
        const [first, second] = await input.takeAll();
        assertEquals(first.metadata, {
          table: topic.name,
          position: `${topic.name}/0000000000/0000000000000000000`,
          timestamp: "2026-01-02T03:04:05.678Z",
          source: "kafka",
          kafka: {
            topic: topic.name,
            partition: 0,
            offset: 0,
            key: "k",
            headers: [["a", "1"], ["a", "2"], ["ö", null], ["b", {
              base64: "/w==",
            }]],
          },
        });
        assertEquals(second.data, { pretty: "a\nb" });
        assertEquals(kafkaOf(second).key, { base64: "/v8=" });
      },
    );

    await t.step("digits are those of the message", async () => {
      const topic = await Topic.make(server);
      const value = '{"id":12345678901234567890,"price":1.50}';
      await writeTopic(bootstrap, topic.name, [{ value }]);
      await using input = await open(server, topic);
      assert.ok((await input.takeText()).startsWith(`{"data":${value},`));
    });

    await t.step("all codecs are read", async () => {
      for (const codec of ["gzip", "snappy", "lz4", "zstd"]) {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, numbered(1000), { codec });
        await using input = await open(server, topic);
        assertEquals(numbersOf(await input.takeAll()), range(1000), codec);
      }
    });

    await t.step(
      "an offset is committed as last delivered + 1, and only after the acknowledgement",
      async () => {
        const topic = await Topic.make(server, { partitions: 2 });
        await writeTopic(bootstrap, topic.name, [
          ...numbered(10, { partition: 0 }),
          ...numbered(5, { partition: 1 }),
        ]);
        const group = "commits";
        {
          await using input = await open(server, topic, { group });
          await input.takeAll();
        }
        assertEquals(await committedOffsets(bootstrap, group, topic.name), {});
        {
          await using input = await open(server, topic, { group });
          assertEquals((await input.takeAll()).length, 15);
          await input.confirm();
          await input.end();
        }
        assertEquals(await committedOffsets(bootstrap, group, topic.name), {
          0: 10,
          1: 5,
        });
        await writeTopic(bootstrap, topic.name, numbered(1, { partition: 1 }));
        await using input = await open(server, topic, { group });
        assertEquals((await input.takeAll()).length, 1);
      },
    );

    await t.step(
      "max_count ends after so many, and the next run goes on behind them",
      async () => {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, numbered(10));
        const group = "counted";
        for (const numbers of [range(4), range(8).slice(4)]) {
          await using input = await open(server, topic, {
            group,
            max_count: 4,
          });
          assertEquals(numbersOf(await input.takeAll()), numbers);
          await input.confirm();
          await input.end();
        }
      },
    );

    await t.step(
      "a null value is a delete with its key, told apart from an empty one",
      async () => {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, [
          { key: '{"id":7}', value: null },
          { key: "plain", value: null },
          { key: "k", value: "" },
        ]);
        await using input = await open(server, topic, { format: "text" });
        const [row, plain, empty] = await input.takeAll();
        const change = readChange(row);
        assertEquals(
          [change.operation, change.key, change.data],
          ["delete", ["id"], { id: 7 }],
        );
        assertEquals(
          [plain.metadata.operation, plain.data, kafkaOf(plain).key],
          ["delete", null, "plain"],
        );
        assertEquals([empty.metadata.operation, empty.data], [undefined, ""]);
        await using raw = await open(server, topic, {
          format: "text",
          changes: "none",
        });
        const [untold] = await raw.takeAll();
        assertEquals([untold.metadata.operation, untold.data], [
          undefined,
          null,
        ]);
      },
    );

    await t.step("values are text or bytes, if asked", async () => {
      const topic = await Topic.make(server);
      const value = { base64: "AP8K" };
      await writeTopic(bootstrap, topic.name, [{ value: 'a "b"\n' }, {
        value,
      }]);
      await using text = await open(server, topic, { format: "text" });
      const [first, second] = await text.takeAll();
      assertEquals(first.data, 'a "b"\n');
      assert.match(String(second.metadata.problem), /it is no UTF-8/);
      await using bytes = await open(server, topic, { format: "bytes" });
      assertEquals((await bytes.takeAll())[1].data, "AP8K");
    });

    await t.step(
      "a value that isn't what format says is put aside with place, key and bytes, and it goes on",
      async () => {
        const topic = await Topic.make(server);
        const broken = { key: "k", value: { base64: "AAAAAAHm" } };
        const sent = [
          { value: '{"n":0}' },
          broken,
          { value: "" },
          { value: `"${"x".repeat(2000)}"` },
          { value: '{"n":1}' },
        ];
        await writeTopic(bootstrap, topic.name, sent);
        const config = { max_message_bytes: 1024 };
        {
          await using input = await open(server, topic, config);
          const [first, registry, empty, large, last] = await input.takeAll();
          assertEquals(numbersOf([first, last]), [0, 1]);
          assert.ok(!Object.hasOwn(registry, "data"));
          assert.match(
            String(registry.metadata.problem),
            /offset 1: it .*(magic byte of a schema registry|no UTF-8)/,
          );
          assertEquals(kafkaOf(registry), {
            topic: topic.name,
            partition: 0,
            offset: 1,
            key: "k",
            headers: [],
            value: { base64: "AAAAAAHm" },
          });
          assert.match(String(empty.metadata.problem), /it is empty/);
          assert.match(String(large.metadata.problem), /2002 bytes/);
          assertEquals(kafkaOf(large).value, undefined);
        }
        {
          await using input = await open(server, topic, {
            ...config,
            on_invalid: "skip",
          });
          assertEquals(numbersOf(await input.takeAll()), [0, 1]);
          assertEquals(input.log.warnings.length, 3);
        }
        await using input = await open(server, topic, {
          ...config,
          on_invalid: "fail",
        });
        assertEquals(numbersOf(await input.take(1)), [0]);
        await assert.rejects(() => input.takeSome(), /offset 1 is not what/);
      },
    );

    await t.step(
      "records of aborted transactions are not read unless asked",
      async () => {
        const topic = await Topic.make(server);
        const parts: [number[], "commit" | "abort"][] = [
          [[0, 1], "commit"],
          [[2, 3], "abort"],
          [[4], "commit"],
          [[5], "abort"],
        ];
        for (const [numbers, transaction] of parts) {
          const sent = numbers.map((n) => ({ value: `{"n":${n}}` }));
          await writeTopic(bootstrap, topic.name, sent, { transaction });
        }
        const group = "transactions";
        {
          await using input = await open(server, topic, { group });
          assertEquals(numbersOf(await input.takeAll()), [0, 1, 4]);
          await input.confirm();
          await input.end();
        }
        // Behind the marks and what was given up at the end.
        assertEquals(await committedOffsets(bootstrap, group, topic.name), {
          0: 10,
        });
        const isolation = "read_uncommitted";
        await using all = await open(server, topic, { isolation });
        assertEquals(numbersOf(await all.takeAll()), range(6));
      },
    );

    await t.step(
      "start is earliest, latest, a time or offsets, and counts only where nothing is committed",
      async () => {
        const topic = await Topic.make(server);
        const timeMs = Date.parse("2026-03-01T00:00:00Z");
        const sent = range(10).map((n) => ({
          value: `{"n":${n}}`,
          timestampMs: timeMs + n * 1000,
        }));
        await writeTopic(bootstrap, topic.name, sent);
        await using timed = await open(server, topic, {
          start: "2026-03-01T00:00:07Z",
          group: "timed",
        });
        assertEquals(numbersOf(await timed.takeAll()), [7, 8, 9]);
        await timed.confirm();
        await timed.end();
        await using late = await open(server, topic, {
          start: "2027-01-01T00:00:00Z",
        });
        assertEquals(await late.takeAll(), []);
        await using latest = await open(server, topic, { start: "latest" });
        assertEquals(await latest.takeAll(), []);
        await writeTopic(bootstrap, topic.name, [{ value: '{"n":10}' }]);
        await using committed = await open(server, topic, {
          start: "latest",
          group: "timed",
        });
        assertEquals(numbersOf(await committed.takeAll()), [10]);
        await committed.end();
        const startOffsets = { start_offsets: { [`${topic.name}/0`]: 8 } };
        await using given = await open(server, topic, startOffsets);
        assertEquals(numbersOf(await given.takeAll()), [8, 9, 10]);
        await using behind = await open(server, topic, {
          ...startOffsets,
          group: "timed",
        });
        assertEquals(numbersOf(await behind.takeAll()), [10]);
      },
    );

    await t.step(
      "follow = false ends at the high watermarks of the start, over holes of compaction too",
      async () => {
        const topic = await Topic.make(server, {
          partitions: 3,
          settings: {
            "cleanup.policy": "compact",
            "min.cleanable.dirty.ratio": 0.01,
            "segment.ms": 100,
            "delete.retention.ms": 0,
          },
        });
        for (const round of range(4)) {
          const sent = range(10).map((n) => ({
            key: `k${n % 2}`,
            value: JSON.stringify({ n: round * 10 + n }),
            partition: 0,
          }));
          await writeTopic(bootstrap, topic.name, sent);
          await new Promise((wake) => setTimeout(wake, 150));
        }
        await using input = await open(server, topic);
        const some = await input.take(1);
        await writeTopic(bootstrap, topic.name, [{
          value: '{"n":99}',
          key: "late",
          partition: 0,
        }]);
        const numbers = numbersOf([...some, ...await input.takeAll()]);
        assert.ok(numbers.includes(39) && !numbers.includes(99));
      },
    );

    await t.step(
      "an offset that is gone stops the task, or gives a gap with both offsets",
      async () => {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, numbered(20));
        const groups = ["gap-a", "gap-b"];
        for (const group of groups) {
          await using input = await open(server, topic, {
            group,
            max_count: 5,
          });
          await input.takeAll();
          await input.confirm();
          await input.end();
        }
        await topic.deleteRecords(12);
        await using strict = await open(server, topic, { group: groups[0] });
        await assert.rejects(
          () => strict.takeSome(),
          /cannot go on at offset 5 of .*\/0: it begins at 12/,
        );
        await using input = await open(server, topic, {
          group: groups[1],
          on_gap: "continue",
        });
        const [gap, ...rest] = await input.takeAll();
        assertEquals(readChange(gap).operation, "gap");
        assertEquals(gap.data, null);
        assertEquals(kafkaOf(gap), {
          topic: topic.name,
          partition: 0,
          from: 5,
          to: 12,
        });
        assertEquals(numbersOf(rest), range(20).slice(12));
      },
    );

    await t.step(
      "an offset behind the end is a gap too, also of a topic made anew meanwhile",
      async () => {
        const topic = await Topic.make(server);
        await writeTopic(bootstrap, topic.name, numbered(3));
        await commitOffset(bootstrap, "too-far", topic.name, 20);
        const group = "too-far";
        {
          // It leaves the group, or the next one would wait for it.
          await using strict = await open(server, topic, { group });
          await assert.rejects(
            () => strict.takeSome(),
            /cannot go on at offset 20 of .*: it ends at 3/,
          );
        }
        await using input = await open(server, topic, {
          group,
          on_gap: "continue",
        });
        const [gap, ...rest] = await input.takeAll();
        assertEquals([kafkaOf(gap).from, kafkaOf(gap).to], [20, 0]);
        assertEquals(numbersOf(rest), [0, 1, 2]);

        await using running = await open(server, topic, {
          on_gap: "continue",
          follow: true,
        });
        assertEquals(numbersOf(await running.take(3)), [0, 1, 2]);
        await running.confirm();
        await topic.remake();
        await writeTopic(bootstrap, topic.name, numbered(1));
        const [hole, first] = await running.take(2);
        assertEquals(hole.metadata.operation, "gap");
        assertEquals(first.data, { n: 0 });
      },
    );

    await t.step(
      "new partitions, and topics that fit a pattern, join without a restart",
      async () => {
        const one = await Topic.make(server, {}, "joining-one");
        await using input = await KafkaInputUnderTest.open({
          bootstrap_servers: bootstrap,
          topic_pattern: "joining-.*",
          group: "joining",
          metadata_max_age: "1s",
        });
        await writeTopic(bootstrap, one.name, numbered(1));
        assertEquals((await input.take(1)).length, 1);
        await input.confirm();
        await one.addPartitions(3);
        await writeTopic(bootstrap, one.name, numbered(1, { partition: 2 }));
        assertEquals(kafkaOf((await input.take(1))[0]).partition, 2);
        await input.confirm();
        const two = await Topic.make(server, {}, "joining-two");
        await writeTopic(bootstrap, two.name, numbered(1));
        assertEquals((await input.take(1))[0].metadata.table, "joining-two");
        await Topic.make(server, {}, "not-joining");
        await input.end();
      },
    );

    await t.step("Debezium's envelopes become changes", async () => {
      const topic = await Topic.make(server, {}, "shop.public.orders");
      const source = {
        connector: "postgresql",
        schema: "public",
        table: "orders",
        lsn: 77,
        ts_ms: 1_767_323_045_678,
      };
      const change = (op: string, before: unknown, after: unknown) =>
        JSON.stringify({ before, after, source, op, ts_ms: 1 });
      const big = '{"before":null,"after":{"id":7,"n":12345678901234567890},' +
        `"source":${JSON.stringify(source)},"op":"c"}`;
      const wrapped = JSON.stringify({
        schema: {},
        payload: JSON.parse(change("u", { id: 7 }, { id: 7, n: 2 })),
      });
      const key = '{"schema":{},"payload":{"id":7}}';
      await writeTopic(bootstrap, topic.name, [
        { key: '{"id":7}', value: big },
        { key, value: wrapped },
        { key, value: change("d", { id: 7, n: 2 }, null) },
        { key, value: null },
        { value: '{"other":1}' },
      ]);
      await using input = await open(server, topic);
      const text = await input.takeText();
      assert.ok(text.startsWith('{"data":{"id":7,"n":12345678901234567890},'));
      const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
      const changes = lines.map((each) => readChange(each));
      assertEquals(
        changes.map(({ operation, table, key }) => [operation, table, key]),
        [
          ["insert", "orders", ["id"]],
          ["update", "orders", ["id"]],
          ["delete", "orders", ["id"]],
          [undefined, topic.name, undefined],
        ],
      );
      assertEquals(changes[0].position, "0000000000000000077");
      assertEquals(changes[1].before, { id: 7 });
      await using strict = await open(server, topic, { format: "debezium" });
      const all = await strict.takeAll();
      assert.match(String(all[3].metadata.problem), /no change of Debezium's/);
      await using raw = await open(server, topic, { changes: "none" });
      assertEquals(
        (await raw.takeAll())[2].data,
        JSON.parse(change("d", {
          id: 7,
          n: 2,
        }, null)),
      );
    });

    await t.step(
      "what was fetched is handed over without a wait between its parts",
      async () => {
        const count = 8000;
        const topic = await Topic.make(server, { partitions: 1 });
        const text = "x".repeat(500);
        await writeTopic(
          bootstrap,
          topic.name,
          range(count).map((n) => ({ value: JSON.stringify({ n, text }) })),
        );
        await using input = await open(server, topic, {});
        const gapsMs: number[] = [];
        for (let left = count, lastMs = performance.now(); left > 0;) {
          left -= await input.countSome();
          await input.confirm();
          gapsMs.push(performance.now() - lastMs);
          lastMs = performance.now();
        }
        // Nothing else comes, so that each would wait a tenth of a second for it.
        const sorted = gapsMs.toSorted((a, b) => a - b);
        assert.ok(sorted.length >= 10 && sorted[5] < 100, sorted.join(" "));
      },
    );

    await t.step(
      "an output that stands still costs no membership, and however many partitions there are no more than fetch_buffer is fetched ahead",
      async () => {
        const partitions = 200;
        const count = 4000;
        const topic = await Topic.make(server, { partitions });
        const text = "x".repeat(10_000);
        await writeTopic(
          bootstrap,
          topic.name,
          range(count).map((n) => ({
            value: JSON.stringify({ n, text }),
            partition: n % partitions,
          })),
        );
        await using input = await KafkaInputUnderTest.open({
          bootstrap_servers: bootstrap,
          topics: [topic.name],
          group: "stalled",
          session_timeout: "6s",
          fetch_buffer: "4MiB",
        });
        const first = await input.takeSome();
        // Longer than the session; there are 40 MB.
        await new Promise((wake) => setTimeout(wake, 8000));
        assert.ok(
          input.aheadBytes <= 4 * 1024 * 1024,
          `${input.aheadBytes} bytes wait`,
        );
        const left = count - first.length;
        assertEquals((await input.take(left)).length, left);
        assert.ok(
          !input.log.warnings.some((each) => /others have got/.test(each)),
          input.log.warnings.join("\n"),
        );
        await input.confirm();
        await until(async () => {
          await input.take(1, 100);
          const [, done, total] = input.progressed!;
          assertEquals(input.gauges.lag, total! - done!);
          return done === count && total === done;
        }, () => JSON.stringify(input.progressed));
        await input.end();
      },
    );
  },
});
