"""What is accepted as an event can be read again, by everyone, however odd its payload."""

import json

import pytest

from database_fixtures import EVERY_DATABASE
from notifications import notification, payload, wrap
from vifcast import times
from vifcast.notification.interpret import interpret
from vifcast.representation import event_json
from vifcast.store.page import EventQuery

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


def test_a_row_that_cannot_be_read_does_not_hold_readers_in_the_past(store):
    first = interpret(wrap(notification(message_id="first")), times.now(), 1 << 20)
    assert first is not None
    store.write([first], [])
    with store._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET payload = '{broken'")
    with pytest.raises(ValueError, match=r"expected|unexpected"):
        store.events(EventQuery())
    later = interpret(wrap(notification(message_id="later")), times.now(), 1 << 20)
    assert later is not None
    store.write([later], [])
    assert store.last_event_id() == 2
