/**
 * What a group has committed, asked by librdkafka.
 *
 * @module
 */

import { pythonOf } from "../../../scripts/setup/folders.ts";
import { runTool } from "../tools.ts";

const COMMIT = `
import sys
from confluent_kafka import Consumer, TopicPartition
bootstrap, group, topic, offset = sys.argv[1:5]
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
place = TopicPartition(topic, 0, int(offset))
consumer.commit(offsets=[place], asynchronous=False)
`;

const SCRIPT = `
import json, sys
from confluent_kafka import Consumer, TopicPartition
bootstrap, group, topic = sys.argv[1:4]
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
found = consumer.list_topics(topic, 30).topics[topic].partitions
asked = consumer.committed([TopicPartition(topic, each) for each in found], 30)
print(json.dumps({each.partition: each.offset for each in asked if each.offset >= 0}))
`;

/** The offset of the next message, by partition; what never was isn't there. */
export async function committedOffsets(
  bootstrap: string,
  group: string,
  topic: string,
): Promise<Record<string, number>> {
  const python = pythonOf("kafka-client");
  return JSON.parse(
    await runTool(python, ["-c", SCRIPT, bootstrap, group, topic]),
  );
}

/** Commits an offset of partition 0 in the name of a group without members. */
export async function commitOffset(
  bootstrap: string,
  group: string,
  topic: string,
  offset: number,
): Promise<void> {
  const args = ["-c", COMMIT, bootstrap, group, topic, String(offset)];
  await runTool(pythonOf("kafka-client"), args);
}
