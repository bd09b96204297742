"""Microsoft's client for Python against the Event Hubs of the tests."""

import sys
import threading

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

producer = EventHubProducerClient.from_connection_string(
    sys.argv[1], eventhub_name="hub", retry_total=0
)
assert producer.get_partition_ids() == ["0", "1", "2", "3"]
assert producer.get_partition_properties("2")["is_empty"]

PROPERTIES = {"int": 2**31 - 1, "bytes": b"x", "double": 1.5, "boolean": True, "none": None}
batch = producer.create_batch(partition_id="2")
for n in range(3):
    event = EventData(f"e{n}")
    event.properties = {**PROPERTIES}
    event.message_id = f"m{n}"
    batch.add(event)
producer.send_batch(batch)

got = []
consumer = EventHubConsumerClient.from_connection_string(
    sys.argv[1], consumer_group="$Default", eventhub_name="hub"
)


def take(_, event):
    got.append(event)
    if len(got) == 2:
        consumer.close()


# From behind the first one: an offset leaves out the event it names.
receiving = threading.Thread(
    target=lambda: consumer.receive(take, partition_id="2", starting_position="0"),
    daemon=True,
)
receiving.start()
receiving.join(20)
assert [event.body_as_str() for event in got] == ["e1", "e2"], got
assert [event.sequence_number for event in got] == [1, 2]
found = {key.decode(): value for key, value in got[0].properties.items()}
assert found == PROPERTIES, found
print("ok")
