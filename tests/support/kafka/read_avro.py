"""Prints the values of a topic, decoded by Confluent's own client, as JSON lines.

Usage: read_avro.py BOOTSTRAP REGISTRY TOPIC COUNT
"""

import json
import sys

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext


def main():
    bootstrap, url, topic, count = sys.argv[1:5]
    decode = AvroDeserializer(SchemaRegistryClient({"url": url}))
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": "read-avro",
        "auto.offset.reset": "earliest",
    })
    consumer.subscribe([topic])
    for _ in range(int(count)):
        message = consumer.poll(60)
        if message is None or message.error():
            raise SystemExit(f"nothing came: {message}")
        context = SerializationContext(topic, MessageField.VALUE)
        print(json.dumps(decode(message.value(), context), default=str))
    consumer.close()


main()
