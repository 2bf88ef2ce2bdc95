"""What is accepted as an event can be read again, by everyone, however odd its payload."""

import json

import msgspec
import pytest

from database_fixtures import EVERY_DATABASE
from notifications import body, interface, notification, payload, wrap
from vifcast import times
from vifcast.bus.link import ReceivedMessage
from vifcast.config import load_settings
from vifcast.ingest.batch import sort_batch
from vifcast.notification.interpret import interpret
from vifcast.representation import event_json
from vifcast.store import EventQuery, HostQuery

MARK = "in-the-place-of-something-odd"
ODD = {
    "half a surrogate pair": r'"\ud83d"',
    "half a pair as a key": r'{"\ud83d": 1}',
    "NUL": r'"\u0000"',
    "4000 digits": "9" * 4000,
    "5000 digits": "9" * 5000,
    "more than 64 bits": str(10**30),
    "beyond a double": "1e999",
    "NaN": "NaN",
    "minus Infinity": "[-Infinity]",
    "all of it": r'["\ud83d", NaN, 1e999, ' + "9" * 30 + "]",
}


def odd_body(odd: str) -> bytes:
    inner = json.dumps(notification(payload=payload(odd=MARK)))
    return wrap_text(inner.replace(f'"{MARK}"', odd))


def wrap_text(inner: str) -> bytes:
    return json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode()


@EVERY_DATABASE
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_payload_is_stored_and_read_by_everyone(store, odd):
    event = interpret(odd_body(odd), times.now(), 1 << 20)
    assert event is not None
    store.write([event], [])
    good = interpret(wrap(notification(message_id="good")), times.now(), 1 << 20)
    assert good is not None
    store.write([good], [])
    read = store.events(EventQuery()).items
    assert [each.message_id for each in read] == ["good", event.message_id]
    assert store.last_event_id() == read[0].id
    # As the API and --json write it.
    for each in read:
        assert json.dumps(event_json(each), ensure_ascii=False, allow_nan=False).encode("utf-8")


def nic(**changes):
    return payload(interface=interface(**changes))


def zoned(zone):
    return {"ip_address": f"fe80::1%{zone}", "version": 6, "subnet_cidr": None}


def report(started_at):
    return {
        "version": "1.0",
        "host": "compute-1",
        "state": "on",
        "interval_s": 300,
        "hooks": [],
        "vifcast_nova": "1",
        "nova": "1",
        "python": "3",
        "oslo_messaging": "1",
        "started_at": started_at,
    }


FAILED = "compute.instance.interface_attach.error"
REFUSED_ONCE = {
    "a key with NUL": rb'{"a\u0000b": 1}',
    "a key with half a pair": rb'{"\ud83d": 1}',
    "a version with NUL": rb'{"oslo.version": "\u0000", "oslo.message": "{}"}',
    "an interface with NUL": body(payload=nic(version="\0\ud83d")),
    "an address with NUL": body(payload=nic(fixed_ips=[zoned("\0")])),
    "an address with a zone": body(payload=nic(fixed_ips=[zoned("a" * 99)])),
    "a requested address with a zone": body(payload=nic(requested_ip="fe80::1%" + "a" * 99)),
    "a priority that grows": body(priority="\xdf" * 255),
    "a MAC that grows": body(payload=nic(mac_address="\u0130" * 255)),
    "true for a code": body(FAILED, payload=payload(exception="X('y')", code=True)),
    "the year 1": body(timestamp="0001-01-01 00:00:00"),
    "the year 1 in another zone": body(timestamp="0001-01-01T00:00:00+14:00"),
    "the year 9999": body(timestamp="9999-12-31 23:59:59.999999"),
    "a report of the year 1": body("vifcast.report", timestamp="0001-01-01 00:00:00"),
    "a report of a start in the year 1": body("vifcast.report", payload=report("0001-01-01")),
    "a report of a start in the year 9999": body("vifcast.report", payload=report("9999-12-31")),
    "a text that is cut at its very end": body(payload=payload(x="x" * 245 + "auth_token")),
}


@EVERY_DATABASE
def test_no_body_stops_the_ones_around_it(store):
    settings = load_settings(overrides={"ingest.transport_url": "memory://"}).ingest
    for odd in REFUSED_ONCE.values():
        deliveries = [ReceivedMessage(1, each, "notifications.info") for each in (odd, body())]
        batch = sort_batch(deliveries, times.now(), settings)
        store.write(batch.events, batch.dead_letters, batch.reports)
        assert not batch.skipped
    kept = sum(store.dead_letters_by_reason().values())
    read = store.events(EventQuery(), limit=100).items
    assert kept + len(read) + 2 == 2 * len(REFUSED_ONCE)
    assert [each.host for each in store.hosts(HostQuery(), now=times.now()).items] == ["compute-1"]
    assert kept > len(REFUSED_ONCE) // 3


def test_a_row_that_cannot_be_read_does_not_hold_readers_in_the_past(store):
    first = interpret(wrap(notification(message_id="first")), times.now(), 1 << 20)
    assert first is not None
    store.write([first], [])
    with store._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET fixed_ips = '{broken'")
    with pytest.raises(msgspec.DecodeError):
        store.events(EventQuery())
    other = payload(
        instance_id="other",
        interface=interface(
            operation_id="0d5c0000-0000-4000-8000-000000000002", port_id="other", mac_address=None
        ),
    )
    inner = notification(message_id="later", _context_request_id="req-2", payload=other)
    later = interpret(wrap(inner), times.now(), 1 << 20)
    assert later is not None
    store.write([later], [])
    assert store.last_event_id() == 2
