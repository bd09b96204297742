"""A message with properties of every type that the client for Python has.

property_types.py send CONNECTION_STRING QUEUE sends it, property_types.py show … prints the next one.
"""

import json
import sys
import uuid

from azure.servicebus import ServiceBusClient
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageProperties

work, connection_string, queue = sys.argv[1:]
GUID = uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")


def typed(kind, value):
    return {"TYPE": kind, "VALUE": value}


PROPERTIES = {
    "null": None,
    "boolean": True,
    "int": -(2**31),
    "long": typed("LONG", 2**63 - 1),
    "long-low": typed("LONG", -(2**63)),
    "ulong": typed("ULONG", 2**64 - 1),
    "double": 0.1,
    "string": "grüße",
    "binary": b"\x01\x02\x03",
    "binary-8": b"12345678",
    "guid": GUID,
}

with ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client:
    if work == "send":
        with client.get_queue_sender(queue) as sender:
            sender.send_messages(
                AmqpAnnotatedMessage(
                    data_body=b"{}",
                    application_properties=PROPERTIES,
                    properties=AmqpMessageProperties(message_id=GUID, correlation_id=GUID),
                )
            )
    else:
        with client.get_queue_receiver(queue) as receiver:
            (message,) = receiver.receive_messages(1, 10)
            receiver.complete_message(message)
            raw = message.raw_amqp_message
            found = {
                "(message id)": repr(raw.properties.message_id),
                "(correlation id)": repr(raw.properties.correlation_id),
            }
            for key, value in raw.application_properties.items():
                found[key.decode()] = repr(value)
            print(json.dumps(found))
