"""Values in a registry's formats, by Confluent's own serializers and deserializers.

Usage: registry_formats.py write REGISTRY     prints {"name", "base64"} lines
       registry_formats.py read REGISTRY      reads {"format", "base64"} lines,
                                              prints what they say, as JSON
No broker is needed: the bytes are what would be a message's value.
"""

import base64
import datetime
import decimal
import importlib
import json
import os
import sys
import tempfile
import uuid

import grpc_tools
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import (
    JSONDeserializer, JSONSerializer)
from confluent_kafka.schema_registry.protobuf import (
    ProtobufDeserializer, ProtobufSerializer)
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import json_format
from grpc_tools import protoc

UTC = datetime.timezone.utc

COMMON_PROTO = """
syntax = "proto3";
package shop;
message Address { string street = 1; int32 number = 2; }
"""

ROW_PROTO = """
syntax = "proto3";
package shop;
import "common.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
message Unused { message Deep { int32 n = 1; } message Wanted { string s = 1; } }
message Row {
  enum Kind { NONE = 0; BIG = 1; }
  int32 i32 = 1;
  int64 i64 = 2;
  uint32 u32 = 3;
  uint64 u64 = 4;
  sint32 s32 = 5;
  sint64 s64 = 6;
  fixed32 f32 = 7;
  fixed64 f64 = 8;
  sfixed32 sf32 = 9;
  sfixed64 sf64 = 10;
  float single = 11;
  double ratio = 12;
  bool ok = 13;
  string name = 14;
  bytes raw = 15;
  Kind kind = 16;
  repeated int64 numbers = 17;
  repeated string tags = 18;
  map<string, int64> counts = 19;
  map<int32, Address> addresses = 20;
  Address address = 21;
  optional int32 unset = 22;
  oneof choice { string text = 23; int32 number = 24; }
  google.protobuf.Timestamp at = 25;
  google.protobuf.Duration took = 26;
  google.protobuf.Int64Value wrapped = 27;
  google.protobuf.StringValue empty = 28;
  google.protobuf.Struct anything = 29;
  Row child = 30;
  int32 odd = 31 [json_name = "odd name"];
  double special = 32;
  int32 negative = 33;
}
"""

AVRO = {
    "type": "record", "name": "Row", "namespace": "shop", "fields": [
        {"name": "single", "type": "float"},
        {"name": "ratio", "type": "double"},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "ms", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "local", "type": {
            "type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "price", "type": {
            "type": "fixed", "name": "Price", "size": 8,
            "logicalType": "decimal", "precision": 15, "scale": 2}},
        {"name": "uid", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "choice", "type": ["null", "long", "string"]},
    ],
}


def compiled(files):
    """The modules that protoc makes of .proto texts, by file."""
    folder = tempfile.mkdtemp()
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    usual = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    status = protoc.main(
        ["protoc", f"-I{folder}", f"-I{usual}", f"--python_out={folder}", *files])
    if status != 0:
        raise SystemExit("protoc refuses it")
    sys.path.insert(0, folder)
    try:
        return {name: importlib.import_module(name.replace(".proto", "_pb2"))
                for name in files}
    finally:
        sys.path.remove(folder)


def proto_row(module):
    row = module.Row(
        i32=-7, i64=-2**63, u32=2**32 - 1, u64=2**64 - 1, s32=-2**31,
        s64=9007199254740993, f32=2**32 - 1, f64=2**64 - 1, sf32=-1,
        sf64=-2**63, single=0.1, ratio=0.1, ok=True, name="Zoë",
        raw=b"\x00\xff", kind=1, numbers=[1, -1, 2**53 + 1], tags=["a", ""],
        counts={"x": 1}, text="", odd=5, special=float("nan"), negative=-1)
    row.addresses[7].street = "Main"
    row.address.number = 3
    row.at.FromJsonString("1960-01-02T03:04:05.678901234Z")
    row.took.FromJsonString("-1.500s")
    row.wrapped.value = 2**53 + 1
    row.anything.update({"a": [1, None, {"b": "c"}, True]})
    row.child.name = "inner"
    return row


def write(client):
    def put(name, serializer, value, topic):
        context = SerializationContext(topic, MessageField.VALUE)
        encoded = base64.b64encode(serializer(value, context)).decode()
        print(json.dumps({"name": name, "base64": encoded}))

    modules = compiled({"common.proto": COMMON_PROTO, "row.proto": ROW_PROTO})
    module = modules["row.proto"]
    settings = {"use.deprecated.format": False}
    put("protobuf", ProtobufSerializer(module.Row, client, settings),
        proto_row(module), "py-proto")
    put("empty protobuf", ProtobufSerializer(module.Row, client, settings),
        module.Row(), "py-proto")
    put("inner protobuf",
        ProtobufSerializer(module.Unused.Wanted, client, settings),
        module.Unused.Wanted(s="inside"), "py-inner")
    put("avro", AvroSerializer(client, json.dumps(AVRO)), {
        "single": 0.1, "ratio": 0.1, "day": datetime.date(1969, 12, 31),
        "ms": datetime.time(3, 4, 5, 678000),
        "local": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901),
        "price": decimal.Decimal("-1234.50"), "uid": uuid.UUID(int=7),
        "choice": "text",
    }, "py-avro")
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#", "title": "Row",
        "type": "object", "properties": {
            "id": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["id"],
    }
    put("json", JSONSerializer(json.dumps(schema), client),
        {"id": 2**53 + 1, "name": "Zoë"}, "py-json")


def read_protobuf(client, message, context):
    """By the classes that protoc makes of the text that is registered."""
    number = int.from_bytes(message[1:5], "big")
    text = client.get_schema(number).schema_str
    module = compiled({f"schema_{number}.proto": text})[
        f"schema_{number}.proto"]
    name = next(iter(module.DESCRIPTOR.message_types_by_name))
    decode = ProtobufDeserializer(
        getattr(module, name), {"use.deprecated.format": False})
    return json_format.MessageToDict(
        decode(message, context), preserving_proto_field_name=True)


def read(client):
    context = SerializationContext("any", MessageField.VALUE)
    avro = AvroDeserializer(client)
    for line in sys.stdin:
        asked = json.loads(line)
        message = base64.b64decode(asked["base64"])
        if asked["format"] == "protobuf":
            row = read_protobuf(client, message, context)
        elif asked["format"] == "json_schema":
            number = int.from_bytes(message[1:5], "big")
            text = client.get_schema(number).schema_str
            # It validates, too.
            row = JSONDeserializer(text)(message, context)
        else:
            row = avro(message, context)
        print(json.dumps(row, default=shown, sort_keys=True))


def shown(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def main():
    client = SchemaRegistryClient({"url": sys.argv[2]})
    {"write": write, "read": read}[sys.argv[1]](client)


main()
