"""Writes values with schemas of a registry: Confluent's own serializer.

Usage: write_avro.py BOOTSTRAP REGISTRY TOPIC [row]
With row: only that one, else also what other writers would write.
"""

import datetime
import decimal
import json
import struct
import sys
import uuid

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

ROW = {
    "type": "record",
    "name": "Row",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "small", "type": "int"},
        {"name": "name", "type": ["null", "string"], "default": None},
        {"name": "ok", "type": "boolean"},
        {"name": "ratio", "type": "double"},
        {"name": "single", "type": "float"},
        {"name": "raw", "type": "bytes"},
        {"name": "price", "type": {
            "type": "bytes", "logicalType": "decimal",
            "precision": 30, "scale": 4}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {
            "type": "long", "logicalType": "timestamp-micros"}},
        {"name": "ms", "type": {
            "type": "long", "logicalType": "timestamp-millis"}},
        {"name": "hour", "type": {"type": "long", "logicalType": "time-micros"}},
        {"name": "code", "type": {
            "type": "fixed", "name": "Code", "size": 3}},
        {"name": "kind", "type": {
            "type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "more", "type": {"type": "map", "values": "long"}},
        {"name": "child", "type": ["null", "Row"], "default": None},
        {"name": "uid", "type": {"type": "string", "logicalType": "uuid"}},
    ],
}

KEY = {"type": "record", "name": "Key",
       "fields": [{"name": "id", "type": "long"}]}


def row(child=None):
    return {
        "id": 9007199254740993, "small": -7, "name": "Zoë", "ok": True,
        "ratio": 0.1, "single": 0.5, "raw": b"\x00\xff",
        "price": decimal.Decimal("-12345678901234567890.1234"),
        "day": datetime.date(1969, 12, 31),
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901,
                                tzinfo=datetime.timezone.utc),
        "ms": datetime.datetime(1960, 1, 2, 3, 4, 5, 678000,
                                tzinfo=datetime.timezone.utc),
        "hour": datetime.time(3, 4, 5, 678901),
        "code": b"abc", "kind": "B", "tags": ["a", "b"], "more": {"x": 1},
        "child": child, "uid": uuid.UUID(int=7),
    }


def main():
    bootstrap, url, topic = sys.argv[1:4]
    client = SchemaRegistryClient({"url": url})
    value = AvroSerializer(client, json.dumps(ROW))
    key = AvroSerializer(client, json.dumps(KEY))
    producer = Producer({"bootstrap.servers": bootstrap})

    def context(field):
        return SerializationContext(topic, field)

    inner = row()
    inner["name"] = None
    producer.produce(
        topic,
        value=value(row(inner), context(MessageField.VALUE)),
        key=key({"id": 7}, context(MessageField.KEY)),
    )
    if sys.argv[4:] != ["row"]:
        write_others(client, producer, topic)
    producer.flush(60)


def write_others(client, producer, topic):
    text = json.dumps({"type": "object"})
    number = client.register_schema("as-json", Schema(text, "JSON"))
    producer.produce(topic, value=struct.pack(">bI", 0, number) + b'{"n": 1}')
    number = client.register_schema("as-proto", Schema(
        'syntax = "proto3"; message M { int32 n = 1; }', "PROTOBUF"))
    producer.produce(topic, value=struct.pack(">bI", 0, number) + b"\x00\x08\x01")
    producer.produce(topic, value=struct.pack(">bI", 0, 99999) + b"\x00")
    producer.produce(topic, value=b'{"plain":true}')


main()
