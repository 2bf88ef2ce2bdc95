"""The conditions of an ``EventQuery`` in Python, as the store has them in SQL.

A test compares the two. A condition that the query gains and that is named after a field of the
event needs nothing here.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from vifcast.model import Event
from vifcast.store import EventQuery, addresses_of

Condition = Callable[[Event], bool]

_OTHER_NAMES = {"mac": "mac_address", "host": "compute_host"}
_EITHER_OF = {
    "network": ("network_id", "network_label"),
    "request_id": ("request_id", "global_request_id"),
}


def of_the_store(query: EventQuery) -> EventQuery:
    """The part of a query in which the store and ``conditions_of`` agree.

    By ``instance_name`` the store finds the events of the instances that the ledger has by this
    name, which changes as it grows; here it is the name that the event itself has.
    """
    return replace(query, instance_name=None)


def conditions_of(query: EventQuery) -> Condition:
    """Whether an event meets all of them."""
    conditions = list(_conditions(query))
    return lambda event: all(condition(event) for condition in conditions)


def _conditions(query: EventQuery) -> Iterator[Condition]:
    for each in fields(query):
        value = getattr(query, each.name)
        if value is not None:
            yield _condition(each.name, value)


def _condition(name: str, value: Any) -> Condition:
    if name == "ip":
        return lambda event: value in addresses_of(event)
    if name == "since":
        return lambda event: event.occurred_at >= value
    if name == "until":
        return lambda event: event.occurred_at < value
    if name in _EITHER_OF:
        both = attrgetter(*_EITHER_OF[name])
        return lambda event: value in both(event)
    read = attrgetter(_field(name))
    # Of a region: the empty one is none.
    wanted = value or None
    return lambda event: bool(read(event) == wanted)


def _field(name: str) -> str:
    known = Event.__struct_fields__
    for field in (_OTHER_NAMES.get(name, name), f"{name}_id"):
        if field in known:
            return field
    raise LookupError(f"events have no field for the condition {name}")
