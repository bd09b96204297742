"""Writes messages to a topic: JSON lines on stdin, by a client nobody here wrote.

Usage: write_topic.py BOOTSTRAP TOPIC CODEC TRANSACTION(none|commit|abort)
"""

import base64
import json
import sys
import uuid

from confluent_kafka import Producer


def decoded(value):
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return None if value is None else value.encode()


def main():
    bootstrap, topic, codec, transaction = sys.argv[1:5]
    settings = {
        "bootstrap.servers": bootstrap,
        "compression.type": codec,
        "partitioner": "murmur2_random",
        "linger.ms": 20,
        "queue.buffering.max.kbytes": 1_000_000,
        "queue.buffering.max.messages": 1_000_000,
    }
    if transaction != "none":
        settings["transactional.id"] = str(uuid.uuid4())
    producer = Producer(settings)
    if transaction != "none":
        producer.init_transactions(30)
        producer.begin_transaction()
    failures = []
    for line in sys.stdin:
        message = json.loads(line)
        more = {}
        if "partition" in message:
            more["partition"] = message["partition"]
        if "timestampMs" in message:
            more["timestamp"] = message["timestampMs"]
        if "headers" in message:
            more["headers"] = [(k, decoded(v)) for k, v in message["headers"]]
        producer.produce(
            topic,
            value=decoded(message["value"]),
            key=decoded(message.get("key")),
            on_delivery=lambda error, _: failures.append(error) if error else None,
            **more,
        )
        producer.poll(0)
    producer.flush(60)
    if transaction == "commit":
        producer.commit_transaction(30)
    if transaction == "abort":
        producer.abort_transaction(30)
    if failures:
        raise SystemExit(str(failures[0]))


main()
