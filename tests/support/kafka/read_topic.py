"""Prints all messages of a topic as JSON lines, read by a client nobody here wrote.

Usage: read_topic.py BOOTSTRAP TOPIC [read_committed|read_uncommitted]
"""

import base64
import json
import sys

from confluent_kafka import Consumer, TopicPartition


def text(value):
    return None if value is None else base64.b64encode(value).decode()


def main():
    bootstrap, topic = sys.argv[1:3]
    isolation = sys.argv[3] if len(sys.argv) > 3 else "read_committed"
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": "read-topic",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": isolation,
        "enable.partition.eof": True,
    })
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, each, 0) for each in partitions])
    open_partitions = set(partitions)
    out = sys.stdout
    while open_partitions:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit("nothing came for 30 s")
        if message.error():
            if message.error().name() != "_PARTITION_EOF":
                raise SystemExit(str(message.error()))
            open_partitions.discard(message.partition())
            continue
        out.write(json.dumps({
            "partition": message.partition(),
            "offset": message.offset(),
            "timestampMs": message.timestamp()[1],
            "key": text(message.key()),
            "value": text(message.value()),
            "headers": [[k, text(v)] for k, v in message.headers() or []],
        }) + "\n")
    consumer.close()


main()
