"""Finds what the user typed into the search box: an address, an id or a host."""

from dataclasses import dataclass
from typing import Any

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.errors import InvalidValueError
from vifcast.gap import Gap
from vifcast.model import Attachment, Event
from vifcast.store import AttachmentQuery, EventQuery, Store

_EVENTS = 100
_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the search term was understood as, and what was found."""

    kind: str
    value: str
    attachments: list[Attachment]
    events: list[Event]
    gaps: list[Gap]


def look_up(store: Store, text: str, at: str = "") -> Lookup:
    """Look for an IP, a MAC, a port, an instance or a host; at a moment if one is given.

    Raises InvalidValueError if the moment is invalid.
    """
    text = text.strip()
    moment = times.from_person(at) if at.strip() else None
    for kind, value in _readings(text):
        asked: dict[str, Any] = {kind: value}
        page, gaps = store.attachments_and_gaps(
            AttachmentQuery(**asked, at=moment), limit=_ATTACHMENTS
        )
        # A host's are thousands, and all others look for them in vain among millions.
        is_short = moment is None and kind != "host"
        events = store.events(EventQuery(**asked), limit=_EVENTS).items if is_short else []
        if page.items or events:
            break
    return Lookup(kind, value, page.items, events, gaps)


def _readings(text: str) -> list[tuple[str, str]]:
    for kind, canonical in (("ip", canonical_ip), ("mac", canonical_mac)):
        try:
            return [(kind, canonical(text))]
        except InvalidValueError:
            continue
    return [("port", text), ("host", text), ("instance", text)]
