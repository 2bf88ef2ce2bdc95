"""``GET /v1/stream`` of a service that runs: what comes, from where on, and to whom."""

import httpx
import pytest
from event_stream import EventStream

from ledger_events import T0, attach_or_detach, make_event, make_sighting
from vifcast.store import EventQuery


@pytest.fixture
def server(serve):
    return serve("memory://")


def write(server, *events):
    """Stored as another process would: nobody in this one is notified."""
    return [each.id for each in server.store.write(list(events), [])]


def listed(server, query=None):
    page = server.store.events(query or EventQuery(), limit=1000, oldest_first=True)
    return [each.id for each in page.items]


def test_stream_sends_what_is_stored_while_it_is_open(server, until):
    write(server, *attach_or_detach(1))
    with EventStream(server.url) as stream:
        new = write(server, *attach_or_detach(2), *attach_or_detach(3))
        until(lambda: len(stream.event_ids) == 4)
        assert stream.event_ids == new
        assert [each.last_id for each in stream.named("event")] == [str(each) for each in new]
        answer = httpx.get(f"{server.url}v1/events", params={"order": "oldest_first"}).json()
        assert [each.data for each in stream.named("event")] == answer["items"][2:]


def test_an_operation_is_sent_before_the_last_event_that_changed_it(server, until):
    start, end = attach_or_detach(1)
    with EventStream(server.url) as stream:
        write(server, start)
        until(lambda: stream.event_ids)
        write(server, end)
        until(lambda: len(stream.event_ids) == 2)
        assert [each.name for each in stream.messages] == ["operation", "event"] * 2
        states = [each.data["status"] for each in stream.named("operation")]
        assert states == ["overdue", "succeeded"]
        (operation,) = httpx.get(f"{server.url}v1/operations").json()["items"]
        assert stream.named("operation")[1].data == operation
        write(server, *attach_or_detach(2))
        until(lambda: len(stream.event_ids) == 4)
        assert [each.name for each in stream.messages[4:]] == ["event", "operation", "event"]


def test_an_operation_that_ends_with_its_instance_is_sent_with_the_deletion(server, until):
    with EventStream(server.url) as stream:
        write(server, make_event(phase="start"))
        write(server, make_sighting(action="delete", instance_id="instance-1", at_s=5))
        until(lambda: len(stream.event_ids) == 2)
        assert stream.named("operation")[-1].data["status"] == "failed"


def test_last_event_id_resumes_without_gap_or_repeat(server, until):
    ids = write(server, *(event for number in range(300) for event in attach_or_detach(number)))
    with EventStream(server.url, last_id=str(ids[99])) as stream:
        new = write(server, *attach_or_detach(1000))
        until(lambda: stream.event_ids[-1:] == new[-1:])
        assert stream.event_ids == ids[100:] + new
        assert stream.last_id == str(new[-1])


def test_after_begins_there_and_the_header_overrides_it(server, until):
    ids = write(server, *attach_or_detach(1), *attach_or_detach(2))
    with EventStream(server.url, after=0) as stream:
        until(lambda: stream.event_ids == ids)
    with EventStream(server.url, after=0, last_id=str(ids[2])) as stream:
        until(lambda: stream.event_ids == ids[3:])
    with EventStream(server.url, after=ids[-1]) as stream:
        assert (stream.last_id, stream.messages) == (str(ids[-1]), [])


def test_since_begins_with_what_occurred_then(server, until):
    ids = write(server, *(make_event(at_s=each * 3600) for each in range(100)))
    since = T0.replace(day=T0.day + 3)
    with EventStream(server.url, since=since.isoformat()) as stream:
        until(lambda: len(stream.event_ids) == 28)
        assert stream.event_ids == ids[72:]


def test_a_stream_that_is_cut_off_before_any_event_can_be_resumed(server, until):
    write(server, *attach_or_detach(1))
    with EventStream(server.url) as stream:
        first_id = stream.last_id
        assert stream.retry_ms is not None
    new = write(server, *attach_or_detach(2))
    with EventStream(server.url, last_id=first_id) as stream:
        until(lambda: stream.event_ids == new)


def test_filters_are_those_of_events_while_catching_up_and_after(server, until):
    def some():
        return [
            *attach_or_detach(1, instance_id="a"),
            *attach_or_detach(2, action="detach", instance_id="b"),
            *attach_or_detach(3, instance_id="b"),
        ]

    first = write(server, *some())
    query = {"instance": "b", "action": "attach", "phase": "end", "ip": "2001:DB8::7"}
    with EventStream(server.url, after=0, **query) as stream:
        until(lambda: stream.event_ids == [first[5]])
        second = write(server, *some())
        until(lambda: stream.event_ids == [first[5], second[5]])
        assert len(stream.named("operation")) == 2


@pytest.mark.parametrize(
    ("query", "headers", "sentence"),
    [
        ({"limit": 5}, {}, "there is no parameter limit"),
        ({"cursor": "x"}, {}, "there is no parameter cursor"),
        ({"hots": "x"}, {}, "there is no parameter hots"),
        ({"after": "-1"}, {}, "parameter after"),
        ({}, {"Last-Event-ID": "event-5"}, "is no id of this stream"),
        ({}, {"Last-Event-ID": "9" * 30}, "is no id of this stream"),
    ],
)
def test_what_cannot_be_asked_is_refused(server, query, headers, sentence):
    answer = httpx.get(f"{server.url}v1/stream", params=query, headers=headers)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_head_ends(server):
    answer = httpx.head(f"{server.url}v1/stream", timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_more_readers_than_may_be_are_refused(serve, until):
    server = serve("memory://", api__stream_readers=1)
    with EventStream(server.url):
        with EventStream(server.url) as second:
            assert (second.status, second.problem["code"]) == (503, "stream_refused")
            assert "stream_readers" in second.problem["detail"]
        answer = httpx.get(f"{server.url}metrics").text
        assert "vifcast_stream_readers 1.0" in answer
    until(lambda: "vifcast_stream_readers 0.0" in httpx.get(f"{server.url}metrics").text)
    with EventStream(server.url) as third:
        assert third.status == 200


def test_an_id_that_the_store_never_gave_is_a_gap(server, until):
    ids = write(server, *attach_or_detach(1))
    with EventStream(server.url, last_id="500") as stream:
        until(lambda: stream.messages)
        assert stream.messages[0].name == "gap"
        assert stream.messages[0].data == {"reason": "unknown_id", "before": None}
        new = write(server, *attach_or_detach(2))
        until(lambda: stream.event_ids == new)
    assert ids[-1] < new[0]
