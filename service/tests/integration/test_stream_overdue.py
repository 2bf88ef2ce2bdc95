"""``GET /v1/stream``: an operation that becomes overdue, of which no event is stored."""

import datetime as dt
from itertools import count

import pytest
from event_stream import EventStream

from database_fixtures import EVERY_DATABASE
from ledger_events import make_event
from vifcast import serve as serving
from vifcast import times
from vifcast.api.stream.limits import Limits
from vifcast.model import Status
from vifcast.token import Role, new_token

OVERDUE_AFTER_S = 3


@pytest.fixture
def server(serve, monkeypatch):
    monkeypatch.setattr(serving, "Limits", lambda **given: Limits(**given, overdue_s=0.1))
    return serve("memory://", ledger__overdue_after_s=OVERDUE_AFTER_S)


def started(operation_id, *, ago_s=0.0, **about):
    at = times.now() - dt.timedelta(seconds=ago_s)
    about = {"port_id": f"port-{operation_id}"} | about
    return make_event(
        phase="start", operation_id=operation_id, occurred_at=at, received_at=at, **about
    )


def write(server, *events):
    return [each.id for each in server.store.write(list(events), [])]


def states_of(stream, operation_id):
    return [
        each.data["status"] for each in stream.named("operation") if each.data["id"] == operation_id
    ]


def test_an_operation_is_sent_once_more_when_it_becomes_overdue(server, until):
    with EventStream(server.url) as stream:
        (start,) = write(server, started("slow"))
        until(lambda: len(states_of(stream, "slow")) == 2)
        assert states_of(stream, "slow") == ["running", "overdue"]
        (ended,) = write(server, make_event(operation_id="slow", occurred_at=times.now()))
        until(lambda: len(stream.event_ids) == 2)
        assert states_of(stream, "slow") == ["running", "overdue", "succeeded"]
        # It has no id of its own: a client resumes behind the event before.
        assert [each.last_id for each in stream.named("operation")][:2][1] == str(start)
        assert stream.event_ids == [start, ended]


def test_what_became_overdue_while_a_client_was_away_is_sent_when_it_resumes(server, until):
    with EventStream(server.url) as stream:
        write(server, started("slow"), started("quick"))
        until(lambda: len(stream.event_ids) == 2)
        last_id = stream.last_id
    write(server, make_event(operation_id="quick", port_id="port-quick", occurred_at=times.now()))
    until(lambda: {each.status for each in overdue_of(server)} == {Status.OVERDUE}, 30)
    with EventStream(server.url, last_id=last_id) as stream:
        until(lambda: states_of(stream, "slow") == ["overdue"])
        assert states_of(stream, "quick") == ["succeeded"]
    with EventStream(server.url) as stream:
        write(server, started("other", ago_s=1))
        until(lambda: states_of(stream, "other") == ["running", "overdue"])
        assert states_of(stream, "slow") == []


def overdue_of(server):
    page = server.store.overdue_page(times.now() - dt.timedelta(minutes=1), limit=10)
    return [each.operation for each in page.entries]


def test_filters_and_projects_are_those_of_its_events(serve, monkeypatch, until):
    monkeypatch.setattr(serving, "Limits", lambda **given: Limits(**given, overdue_s=0.1))
    server = serve("memory://", ledger__overdue_after_s=OVERDUE_AFTER_S, api__auth="token")
    headers = {}
    for project in ("one", "two", None):
        token, text = new_token("test", Role.READER, project, times.now(), None)
        server.store.add_token(token)
        headers[project] = {"Authorization": f"Bearer {text}"}
    with (
        EventStream(server.url, headers=headers["one"]) as own,
        EventStream(server.url, headers=headers["two"]) as other,
        EventStream(server.url, headers=headers[None], port="port-x") as filtered,
        EventStream(server.url, headers=headers[None]) as everything,
    ):
        write(server, started("x", project_id="one"), started("y", project_id=None))
        until(lambda: states_of(everything, "y") == ["running", "overdue"])
        until(lambda: states_of(own, "x") == ["running", "overdue"])
        until(lambda: states_of(filtered, "x") == ["running", "overdue"])
        assert "compute_host" not in own.named("operation")[-1].data
        assert states_of(own, "y") == states_of(filtered, "y") == []
        assert other.messages == []


@EVERY_DATABASE
def test_pages_of_overdue_operations_are_whole(store):
    begin = times.now() - dt.timedelta(seconds=store.overdue_after_s)
    ids, numbers = [], count()
    # Several became overdue in the same instant.
    for ago_s, several in ((50, 1), (40, 5), (30, 1), (20, 3), (-100, 1)):
        at = begin - dt.timedelta(seconds=ago_s)
        for number in (next(numbers) for _ in range(several)):
            name = f"operation-{number}"
            store.write(
                [make_event(phase="start", operation_id=name, port_id=name, occurred_at=at)], []
            )
            ids += [name] if ago_s > 0 else []
    since, found, pages = times.now() - dt.timedelta(minutes=2), [], 0
    while True:
        page = store.overdue_page(since, limit=2)
        found += [each.operation.id for each in page.entries]
        pages += 1
        assert all(each.operation.status is Status.OVERDUE for each in page.entries)
        assert all(each.events for each in page.entries)
        assert all(since <= each.became_at < page.until for each in page.entries)
        since = page.until
        if not page.is_full:
            break
    assert sorted(found) == sorted(ids)
    assert pages > 2
