"""Which operation a ``compute.exception`` belongs to.

Such a notification names a request and no instance. The versioned start of that request, which
Nova sends under the same settings, names both: whichever comes first, the exception becomes an
event of the start's operation. One of which no start is known belongs to none, and so does one
whose request attached or detached NICs of several instances.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.model import Event
from vifcast.notification.event_types import EXCEPTION, VERSIONED
from vifcast.store.sql import schema
from vifcast.store.tables import event_requests, events
from vifcast.store.tables.event_requests import EventRequest

_EVENT = schema.event.c
_NAMES_A_REQUEST = frozenset({EXCEPTION, *VERSIONED})
# What an exception takes over from a start.
_TAKEN = ("correlation_id", "instance_id", "instance_name", "project_id")
_COLUMNS = ("id", "event_type", "action", "message_id", "occurred_at", *_TAKEN)

Numbered = Sequence[tuple[int, Event]]


@dataclass(frozen=True, slots=True)
class Joined:
    """``new`` events as they are now; ``older`` exceptions that have changed with them.

    ``left`` are the correlations to which one of these belonged until now.
    """

    new: Numbered
    older: Numbered = ()
    left: set[str] = field(default_factory=set)


def join(connection: sa.Connection, numbered: Numbered) -> Joined:
    """Give exceptions their operation, those among the new events and those that waited."""
    requested = [
        EventRequest(event_id, event.request_id)
        for event_id, event in numbered
        if event.event_type in _NAMES_A_REQUEST and event.request_id is not None
    ]
    if not requested:
        return Joined(numbered)
    event_requests.insert(connection, requested)
    requests = {each.request_id for each in requested}
    changed = _changed(event_requests.events_of(connection, requests, _COLUMNS))
    if not changed:
        return Joined(numbered)
    connection.execute(
        sa.update(schema.event)
        .where(_EVENT.id == sa.bindparam("its_id"))
        .values({name: sa.bindparam(f"its_{name}") for name in _TAKEN} | {"operation_id": None}),
        [
            {"its_id": row.id} | {f"its_{name}": value for name, value in taken.items()}
            for row, taken in changed
        ],
    )
    new_values = {row.id: taken for row, taken in changed}
    new = [
        (key, replace(event, **new_values.pop(key)) if key in new_values else event)
        for key, event in numbered
    ]
    return Joined(
        new,
        [(event.id or 0, event) for event in events.of_ids(connection, new_values)],
        {row.correlation_id for row, _ in changed if row.correlation_id is not None},
    )


def _changed(rows: Iterable[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """The exceptions that are to take over something else than they have."""
    starts = defaultdict(list)
    exceptions = []
    for row in rows:
        if row.event_type == EXCEPTION:
            exceptions.append(row)
        else:
            starts[row.request_id, row.action].append(row)
    changed = []
    for row in exceptions:
        taken = _taken(row, starts[row.request_id, row.action])
        if any(getattr(row, name) != value for name, value in taken.items()):
            changed.append((row, taken))
    return changed


def _taken(row: Any, starts: list[Any]) -> dict[str, Any]:
    if not starts:
        return dict.fromkeys(_TAKEN) | {"project_id": row.project_id}
    if len({start.correlation_id for start in starts}) > 1:
        return dict.fromkeys(_TAKEN)
    # Whichever of them comes first or last over the bus.
    first = min(starts, key=lambda start: (start.occurred_at, start.message_id))
    return {name: getattr(first, name) for name in _TAKEN}
