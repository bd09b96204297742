"""Microsoft's client for Python against the Service Bus of the tests.

Its argument is the connection string. Ends with 0 when all of what it does came out
as Microsoft documents it.
"""

import datetime
import sys
import time
import uuid

from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusError,
    SessionCannotBeLockedError,
)

client = ServiceBusClient.from_connection_string(sys.argv[1], retry_total=0)
PROPERTIES = {
    "text": "x",
    "int": 2**31 - 1,
    "negative": -3,
    "double": 1.5,
    "boolean": True,
    "bytes": b"\x01\x02",
    "guid": uuid.UUID(int=7),
    "none": None,
}


def refused(kind, work):
    try:
        work()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def every_type_of_property():
    with client.get_queue_sender("plain") as sender:
        sender.send_messages(
            ServiceBusMessage(b"one", message_id="m1", application_properties={**PROPERTIES})
        )
    with client.get_queue_receiver("plain") as receiver:
        (message,) = receiver.receive_messages(1, 3)
        got = {key.decode(): value for key, value in message.application_properties.items()}
        assert got == {**PROPERTIES, "text": b"x"}, got
        receiver.complete_message(message)


def batches_and_every_way_to_settle():
    with client.get_queue_sender("plain") as sender:
        batch = sender.create_message_batch()
        for n in range(5):
            batch.add_message(ServiceBusMessage(f"b{n}"))
        sender.send_messages(batch)
    with client.get_queue_receiver("plain") as receiver:
        assert len(receiver.peek_messages(5)) == 5
        done, again, later, dead, last = receiver.receive_messages(5, 3)
        receiver.renew_message_lock(again)
        receiver.complete_message(done)
        receiver.abandon_message(again)
        receiver.defer_message(later)
        receiver.dead_letter_message(dead, reason="why", error_description="how")
        receiver.complete_message(last)
        (deferred,) = receiver.receive_deferred_messages([later.sequence_number])
        receiver.complete_message(deferred)
        (again,) = receiver.receive_messages(1, 3)
        assert again.delivery_count == 1
        receiver.complete_message(again)
    with client.get_queue_receiver(
        "plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER
    ) as receiver:
        (message,) = receiver.receive_messages(1, 3)
        found = (message.dead_letter_reason, message.dead_letter_error_description)
        assert found == ("why", "how"), found
        receiver.complete_message(message)


def a_lock_that_ran_out_and_receiving_with_deleting():
    with client.get_queue_sender("short") as sender:
        sender.send_messages(ServiceBusMessage("x"))
    with client.get_queue_receiver("short") as receiver:
        (message,) = receiver.receive_messages(1, 3)
        time.sleep(1.5)
        refused(MessageLockLostError, lambda: receiver.complete_message(message))
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with client.get_queue_receiver("short", receive_mode=mode) as receiver:
        (message,) = receiver.receive_messages(1, 3)
        assert message.delivery_count == 1


def sessions():
    with client.get_queue_sender("sessions") as sender:
        for session in ("A", "B"):
            sender.send_messages(
                [ServiceBusMessage(f"{session}{n}", session_id=session) for n in range(3)]
            )
    with client.get_queue_receiver("sessions", session_id="A") as receiver:
        receiver.session.set_state(b"state")
        assert receiver.session.get_state() == b"state"
        receiver.session.renew_lock()
        again = client.get_queue_receiver("sessions", session_id="A")
        refused(SessionCannotBeLockedError, again.__enter__)
        for message in receiver.receive_messages(3, 2):
            receiver.complete_message(message)
    for _ in range(2):  # closing a session is no delivery
        with client.get_queue_receiver(
            "sessions", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=3
        ) as receiver:
            assert receiver.session.session_id == "B"
            (message,) = receiver.receive_messages(1, 2)
            assert (str(message), message.delivery_count) == ("B0", 0)


def schedule_and_duplicates():
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    with client.get_queue_sender("duplicates") as sender:
        numbers = sender.schedule_messages(
            [ServiceBusMessage("1", message_id="1"), ServiceBusMessage("2", message_id="2")],
            soon,
        )
        sender.cancel_scheduled_messages(numbers[0])
        for _ in range(2):
            sender.send_messages(ServiceBusMessage("3", message_id="3"))
    with client.get_queue_receiver("duplicates") as receiver:
        got = []
        while len(got) < 2:
            messages = receiver.receive_messages(2, 5)
            assert messages, got
            for message in messages:
                got.append(message.message_id)
                receiver.complete_message(message)
        assert sorted(got) == ["2", "3"], got
        assert receiver.receive_messages(1, 1) == []


def what_the_service_refuses():
    def send(queue, *args, **more):
        with client.get_queue_sender(queue) as sender:
            sender.send_messages(ServiceBusMessage(*args, **more))

    refused(MessagingEntityNotFoundError, lambda: send("nope", "x"))
    refused(MessageSizeExceededError, lambda: send("plain", b"x" * 1_100_000))
    refused(ServiceBusError, lambda: send("sessions", "x"))
    big = {"a": "x" * 40_000}
    refused(MessageSizeExceededError, lambda: send("plain", "x", application_properties=big))


for check in (
    every_type_of_property,
    batches_and_every_way_to_settle,
    a_lock_that_ran_out_and_receiving_with_deleting,
    sessions,
    schedule_and_duplicates,
    what_the_service_refuses,
):
    check()
    print("ok", check.__name__, flush=True)
