"""Finds what a text means: which of its readings are known, and which of them is shown."""

from msgspec import Struct

from vifcast.identity.policy import View
from vifcast.model import Event
from vifcast.store import Store
from vifcast.web.kinds import OF_EVENTS, Kind, attachments_of, events_of, possible, spelled

# Beyond that it is "and more": counting a project of millions would read them all.
_COUNT_TO = 20
_EVENTS = 20


class Reading(Struct, frozen=True):
    """One meaning; ``count`` of its NICs, ``has_more`` than that."""

    kind: Kind
    value: str
    count: int
    has_more: bool


class Lookup(Struct, frozen=True):
    """``readings``: all under which NICs are known; ``kind`` is the one to be shown.

    ``events``: the newest that name it, where no NIC is known.
    """

    kind: Kind
    value: str
    readings: list[Reading]
    events: list[Event]


def look_up(store: Store, view: View, text: str, kind: Kind | None) -> Lookup:
    """What the text means to this caller; ``kind`` if it was chosen.

    Raises InvalidValueError, ForbiddenError, StoreError.
    """
    meanings = possible(text, view)
    readings = [
        Reading(each, value, len(page.items), page.next_cursor is not None)
        for each, value in meanings
        for page in [store.attachments(attachments_of(each, value, view), limit=_COUNT_TO)]
        if page.items
    ]
    if kind is not None:
        chosen = kind, spelled(kind, text)
    elif readings:
        chosen = readings[0].kind, readings[0].value
    else:
        chosen = meanings[0]
    if readings and (kind is None or any(each.kind is kind for each in readings)):
        return Lookup(*chosen, readings, [])
    for each, value in [chosen] if kind else meanings:
        if each not in OF_EVENTS:
            continue
        events = store.events(events_of(each, value, view), limit=_EVENTS).items
        if events:
            return Lookup(each, value, readings, events)
    return Lookup(*chosen, readings, [])
