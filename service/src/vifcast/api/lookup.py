"""Find what the search box asks for, whatever kind of word is in it."""

from dataclasses import dataclass
from typing import Any

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.errors import InvalidValueError
from vifcast.model import Attachment, Event
from vifcast.store.page import AttachmentQuery, EventQuery
from vifcast.store.store import Store

_EVENTS = 100
_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was understood, and what was found."""

    kind: str
    value: str
    attachments: list[Attachment]
    events: list[Event]


def look_up(store: Store, text: str, at: str = "") -> Lookup:
    """Look for an IP, a MAC, a port or an instance; at a moment if one is given.

    Raises InvalidValueError where the moment is none.
    """
    text = text.strip()
    moment = times.from_person(at) if at.strip() else None
    for kind, value in _readings(text):
        asked: dict[str, Any] = {kind: value}
        found = Lookup(
            kind,
            value,
            store.attachments(AttachmentQuery(**asked, at=moment), limit=_ATTACHMENTS).items,
            [] if moment else store.events(EventQuery(**asked), limit=_EVENTS).items,
        )
        if found.attachments or found.events:
            return found
    return Lookup(kind, value, [], [])


def _readings(text: str) -> list[tuple[str, str]]:
    for kind, canonical in (("ip", canonical_ip), ("mac", canonical_mac)):
        try:
            return [(kind, canonical(text))]
        except InvalidValueError:
            continue
    return [("port", text), ("instance", text)]
