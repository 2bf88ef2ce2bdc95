"""A port that came to an instance, or went; and an operation that may have been about it."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from vifcast.model import Nic

# Nova and Neutron run on different machines: so far their clocks may be apart.
CLOCKS_APART = dt.timedelta(seconds=5)

# Correlation and id of an operation.
Key = tuple[str, str]


class Wanting(NamedTuple):
    """An operation that moved a NIC of which nobody who told of it named the port."""

    correlation_id: str
    id: str
    action: str
    request_id: str | None
    started_at: dt.datetime | None
    finished_at: dt.datetime


class Sighting(NamedTuple):
    """What a sighting tells of ports, all else left out; as in an event."""

    message_id: str
    event_type: str
    request_id: str | None
    occurred_at: dt.datetime
    nics: tuple[Nic, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A port that came to an instance, or went."""

    port_id: str
    nic: Nic
    at: dt.datetime
    request_id: str | None
    # Whether it is known where the port was before.
    is_certain: bool


def window(
    started_at: dt.datetime | None, finished_at: dt.datetime
) -> tuple[dt.datetime, dt.datetime]:
    """The time in which Neutron may have told of a finished operation's port."""
    return (started_at or finished_at) - CLOCKS_APART, finished_at + CLOCKS_APART
