"""What is sent of messages; the SDK of CloudEvents reads it."""

import json

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from messages import every_message, message_of
from msgspec.structs import replace
from subscribed import make_subscription

from ledger_events import make_event
from vifcast.delivery.formats import request_of
from vifcast.delivery.unsendable import UnsendableError
from vifcast.identity.policy import View
from vifcast.representation import DETAILS, event_json
from vifcast.subscription.message import Announcement, MessageType
from vifcast.subscription.subscription import Format

ALL = View(None, has_details=True)
TENANT = View("project-1", has_details=False)
MESSAGES = every_message()
OF_OPERATIONS = {
    f"io.vifcast.interface.{name}"
    for name in (
        "attached", "detached", "attach_failed", "detach_failed", "attach_started",
        "detach_started", "overdue",
    )
}  # fmt: skip

every_type = pytest.mark.parametrize("kind", MessageType)


def made(form, *messages, view=ALL, **given):
    return request_of(make_subscription(format=form), messages, view, **given)


def read(request):
    return from_http(HTTPMessage(dict(request.headers), request.body), JSONFormat())


def read_batch(request):
    assert request.headers["Content-Type"] == "application/cloudevents-batch+json"
    return [JSONFormat().read(None, json.dumps(each).encode()) for each in json.loads(request.body)]


def check(event, message):
    assert isinstance(event, CloudEvent)
    assert event.get_id() == message.message_id
    assert event.get_source() == "/vifcast"
    assert event.get_time() == message.occurred_at
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("projectid") == message.project_id
    assert event.get_extension("instanceid") == message.instance_id
    assert event.get_extension("replay") is None


@every_type
def test_sdk_reads_structured_events(kind):
    event = read(made(Format.CLOUDEVENTS, MESSAGES[kind]))
    check(event, MESSAGES[kind])
    assert event.get_type() == f"io.vifcast.{kind}"
    assert event.get_data()


@every_type
def test_sdk_reads_binary_events(kind):
    request = made(Format.CLOUDEVENTS_BINARY, MESSAGES[kind])
    event = read(request)
    check(event, MESSAGES[kind])
    assert event.get_type() == request.headers["ce-type"] == f"io.vifcast.{kind}"
    assert event.get_data() == json.loads(request.body)


def test_sdk_reads_batches():
    events = read_batch(made(Format.CLOUDEVENTS_BATCH, *MESSAGES.values()))
    assert len(events) == len(MessageType)
    for event, message in zip(events, MESSAGES.values(), strict=True):
        check(event, message)


def test_types_of_operations_are_those_that_are_promised():
    types = {read(made(Format.CLOUDEVENTS, each)).get_type() for each in MESSAGES.values()}
    assert types >= OF_OPERATIONS


def test_data_is_the_event_as_the_api_shows_it():
    message = message_of(MessageType.ATTACHED)
    assert read(made(Format.CLOUDEVENTS, message)).get_data() == event_json(message)
    assert json.loads(made(Format.PLAIN, message).body)["data"] == event_json(message)


@pytest.mark.parametrize("kind", [MessageType.OPENED, MessageType.OVERDUE])
def test_data_of_what_the_ledger_found_out_has_times_as_the_api_has(kind):
    data = read(made(Format.CLOUDEVENTS, message_of(kind))).get_data()
    assert data["first_known_at"] == "2026-11-22T12:00:00.000000Z"


def test_attachment_of_another_release_is_sent_as_it_is():
    message = replace(
        message_of(MessageType.OPENED),
        message_id="of-another-release",
        data='{"nic":"port-1","colour":"red"}',
    )
    data = read(made(Format.CLOUDEVENTS, message)).get_data()
    assert data == {"nic": "port-1", "colour": "red"}


OPERATION_OF = {
    **dict.fromkeys(
        (
            *(MessageType.ATTACH_STARTED, MessageType.ATTACHED, MessageType.ATTACH_FAILED),
            *(MessageType.DETACH_STARTED, MessageType.DETACHED, MessageType.DETACH_FAILED),
        ),
        "operation_id",
    ),
    MessageType.OVERDUE: "id",
    MessageType.OPENED: "attach_operation_id",
    MessageType.CLOSED: "detach_operation_id",
}


@every_type
def test_message_names_its_operation_beside_its_data(kind):
    message = MESSAGES[kind]
    data = json.loads(made(Format.PLAIN, message).body)["data"]
    expected = data[OPERATION_OF[kind]] if kind in OPERATION_OF else None
    assert (expected is not None) == (kind in OPERATION_OF)
    assert json.loads(made(Format.PLAIN, message).body)["operation_id"] == expected
    for form in (Format.CLOUDEVENTS, Format.CLOUDEVENTS_BINARY):
        assert read(made(form, message)).get_extension("operationid") == expected


def test_subject_is_instance_and_port():
    def subject(**about):
        return read(made(Format.CLOUDEVENTS, make_event(**about))).get_subject()

    assert subject() == "instance-1/port-1"
    assert subject(port_id=None) == "instance-1"
    assert subject(instance_id=None) == "port-1"
    assert subject(instance_id=None, port_id=None) is None


@pytest.mark.parametrize("form", [Format.CLOUDEVENTS, Format.CLOUDEVENTS_BINARY])
def test_odd_letters_arrive(form):
    message = make_event(
        message_id='a "b" %41 ü\r\nx-evil: 1', region="Zürich 1/2", instance_id="i\x01\x7f\ufffe"
    )
    request = made(form, message)
    assert not any(control in "".join(request.headers.values()) for control in "\r\n")
    event = read(request)
    assert event.get_id() == 'a "b" %41 ü\ufffd\ufffdx-evil: 1'
    assert event.get_source() == "/vifcast/Z%C3%BCrich%201%2F2"
    assert event.get_extension("region") == "Zürich 1/2"
    assert event.get_extension("instanceid") == "i\ufffd\ufffd\ufffd"
    assert request.message_id.isascii()
    assert "." not in request.message_id


@every_type
@pytest.mark.parametrize("form", sorted(set(Format) - {Format.NOVA}))
def test_project_is_not_sent_what_nova_shows_to_admins_only(form, kind):
    request = made(form, MESSAGES[kind], view=TENANT)
    assert not named(json.loads(request.body)) & DETAILS
    assert "compute-1" not in request.body.decode() + str(request.headers)


def named(value):
    if isinstance(value, list):
        return set().union(*map(named, value))
    if isinstance(value, dict):
        return set(value).union(*map(named, value.values()))
    return set()


def test_replay_says_so():
    message = message_of(MessageType.ATTACHED)
    for form in (Format.CLOUDEVENTS, Format.CLOUDEVENTS_BINARY):
        request = made(form, message, replay_id=3)
        assert request.headers["vifcast-replay"] == "3"
        assert read(request).get_extension("replay") in (True, "true")
    (event,) = read_batch(made(Format.CLOUDEVENTS_BATCH, message, replay_id=3))
    assert event.get_extension("replay") is True
    assert "vifcast-replay" not in made(Format.PLAIN, message).headers


@pytest.mark.parametrize("form", sorted(Format))
def test_attempts_and_replays_have_the_id_of_the_message(form):
    message = message_of(MessageType.ATTACHED)
    ids = {made(form, message, replay_id=replay).message_id for replay in (None, None, 3)}
    assert ids == {message.message_id}


def test_id_of_a_batch_follows_from_its_messages():
    first, second, third = (make_event() for _ in range(3))

    def id_of(*messages):
        return made(Format.CLOUDEVENTS_BATCH, *messages).message_id

    assert id_of(first, second) == id_of(first, second)
    assert len({id_of(first, second), id_of(second, first), id_of(first, second, third)}) == 3
    assert id_of(first) == first.message_id


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in MessageType
        if isinstance(MESSAGES[kind], Announcement) and kind is not MessageType.TEST
    ],
)
def test_announcement_is_no_notification_of_nova(kind):
    with pytest.raises(UnsendableError, match=f"says {kind}"):
        made(Format.NOVA, MESSAGES[kind])


def test_test_is_a_notification_too():
    sent = json.loads(made(Format.NOVA, message_of(MessageType.TEST)).body)
    assert sent["event_type"] == "vifcast.test"


def test_notification_of_nova_is_for_who_may_see_details():
    with pytest.raises(UnsendableError, match="vifcast:host_details"):
        made(Format.NOVA, message_of(MessageType.ATTACHED), view=TENANT)
