"""The stream's filters in Python select what the store's do in SQL."""

import datetime as dt
from contextlib import closing
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_events import ADDRESSES, T0, make_event, make_sighting
from vifcast.api.stream.conditions import conditions_of, of_the_store
from vifcast.api.stream.params import StreamParams
from vifcast.model import Action, FixedIp, Nic, Phase, Source
from vifcast.store import EventQuery, Location, Store

SPECIAL = {
    "action": list(Action),
    "source": list(Source),
    "region": ["", "a", "b"],
    "phase": list(Phase),
    "since": [T0, T0 + dt.timedelta(seconds=2)],
    "until": [T0 + dt.timedelta(seconds=2), T0 + dt.timedelta(seconds=3)],
    "ip": ["192.0.2.7", "2001:db8::7", "192.0.2.8", "192.0.2.9"],
    "event_type": ["compute.instance.interface_attach.end", "port.update.end"],
}
OTHER = ["a", "A", "a ", "é", "b"]


def value_of(name):
    return st.sampled_from(SPECIAL.get(name, OTHER))


def of_events():
    text = st.sampled_from(OTHER)
    maybe = st.none() | text
    nics = st.lists(
        st.builds(
            Nic,
            instance_id=maybe,
            port_id=text,
            fixed_ips=st.sampled_from([(), (FixedIp("192.0.2.8", 4),)]),
        ),
        max_size=2,
    )
    optional = (
        *("project_id", "compute_host", "port_id", "mac_address", "network_id", "network_label"),
        *("request_id", "global_request_id", "error_class", "region"),
    )
    required = ("instance_id", "instance_name", "operation_id", "vnic_type")
    changes = dict.fromkeys(optional, maybe) | dict.fromkeys(required, text)
    moments = st.sampled_from([0, 1, 2, 3])
    return st.one_of(
        st.fixed_dictionaries(
            changes
            | {
                "action": st.sampled_from(["attach", "detach"]),
                "phase": st.sampled_from(["start", "end", "error"]),
                "at_s": moments,
                "fixed_ips": st.sampled_from([(), ADDRESSES, ADDRESSES[:1]]),
            }
        ).map(lambda chosen: make_event(**chosen)),
        st.tuples(nics, moments).map(
            lambda chosen: make_sighting(nics=tuple(chosen[0]), at_s=chosen[1])
        ),
    )


QUERIES = st.fixed_dictionaries(
    {}, optional={each.name: value_of(each.name) for each in fields(EventQuery)}
)


@settings(max_examples=25)
@given(st.lists(of_events(), max_size=12), st.lists(QUERIES, min_size=1, max_size=12))
def test_python_and_sql_select_the_same_events(tmp_path_factory, events, queries):
    path = tmp_path_factory.mktemp("store") / "vifcast.sqlite3"
    with closing(Store.open_for_writing(Location.of_file(path))) as store:
        store.write(events, [])
        stored = store.events_after(0, 1000)
        assert len(stored) == len(events)
        for each in queries:
            query = of_the_store(EventQuery(**each))
            page = store.feed_page(0, limit=1000, query=query)
            matches = conditions_of(query)
            assert [entry.event for entry in page.entries] == list(filter(matches, stored))


@pytest.mark.parametrize("name", [each.name for each in fields(EventQuery)])
def test_every_condition_is_known(name):
    value = SPECIAL.get(name, OTHER)[0]
    conditions_of(EventQuery(**{name: value}))(make_event())


def test_the_stream_takes_every_filter_of_events_and_no_pages():
    assert StreamParams.model_fields.keys() == {each.name for each in fields(EventQuery)} | {
        "after"
    }
    given_all = {name: SPECIAL.get(name, OTHER)[0] for name in StreamParams.model_fields}
    given_all |= {"after": 5, "mac": "fa:16:3e:00:00:01", "since": "2026-11-22T12:00:00Z"}
    given_all |= {"until": "2026-11-22T13:00:00Z"}
    query = StreamParams.model_validate(given_all).query()
    assert all(getattr(query, each.name) is not None for each in fields(EventQuery))


def test_an_instance_is_found_by_the_name_that_the_event_has():
    matches = conditions_of(EventQuery(instance_name="web-1"))
    assert matches(make_event(instance_name="web-1"))
    assert not matches(make_event(instance_name="web-2"))
