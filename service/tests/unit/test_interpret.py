"""Whatever is under one of the event types that we read becomes an event or a dead letter."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neutron_notifications import port
from nova_notifications import (
    exception_payload,
    fixed_ip,
    instance_object,
    instance_payload,
    ip_payload,
)

from notifications import body, interface, payload
from vifcast.errors import NotificationError
from vifcast.host import HostReport
from vifcast.model import Event
from vifcast.notification.event_types import READ
from vifcast.notification.interpret import interpret
from vifcast.notification.probe import Probe

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
MIB = 1024 * 1024

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# What each normaliser goes into, so that the odd values get to every depth.
SHAPES = (
    payload(interface=interface(), fixed_ips=[fixed_ip()], exception="E('x')", message="m"),
    instance_payload(fault=exception_payload(), ip_addresses=[ip_payload()]),
    {"exception": "E()", "args": {"instance": instance_object(), "port_id": "p", "tag": None}},
    {"port": port(), "port_id": "p"},
    {"ports": [port(), port()]},
)


@st.composite
def broken_somewhere(draw):
    """One of the shapes with something else in one place, or without it."""
    return _replaced(draw, draw(st.sampled_from(SHAPES)))


def _replaced(draw, value):
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
        return draw(json_values)
    if isinstance(value, list):
        return [_replaced(draw, value[0]), *value[1:]]
    key = draw(st.sampled_from(sorted(value)))
    rest = {name: each for name, each in value.items() if name != key}
    return rest if draw(st.integers(0, 5)) == 0 else {**rest, key: _replaced(draw, value[key])}


objects = st.dictionaries(st.text(), json_values, max_size=4)


@given(event_type=st.sampled_from(sorted(READ)), sent=broken_somewhere() | objects | json_values)
def test_no_payload_raises_anything_but_what_makes_a_dead_letter(event_type, sent):
    with suppress(NotificationError):
        found = interpret(body(event_type, payload=sent), NOW, MIB)
        assert found is None or isinstance(found, Event | HostReport | Probe)


# A probe has nothing in its payload that could be wrong.
@pytest.mark.parametrize("event_type", sorted(READ - {"vifcast.probe"}))
def test_every_event_type_has_a_reader(event_type):
    with pytest.raises(NotificationError) as refused:
        interpret(body(event_type, payload={}), NOW, MIB)
    assert event_type in str(refused.value) or event_type == "vifcast.report"
