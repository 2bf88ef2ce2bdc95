"""What inference works with: operations, lists and sightings of an instance, and its changes."""

import datetime as dt
from typing import NamedTuple

from msgspec import Struct

from vifcast.model import Nic

# Nova and Neutron run on different machines: so far their clocks may be apart.
CLOCKS_APART = dt.timedelta(seconds=5)

# An operation without a start began no longer ago, and one without an end lasts no longer; the
# list in a start was read no longer before it. After as long an operation counts as overdue.
LONGEST = dt.timedelta(minutes=10)

EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)

# Correlation and id of an operation.
Key = tuple[str, str]


class Claimant(NamedTuple):
    """An operation of an instance, which may have made a change.

    ``port_id`` is the port that a notification names; None where none does. ``outcome_unknown``:
    it has no end, or ended only because its instance was deleted.
    """

    correlation_id: str
    id: str
    action: str
    status: str
    request_id: str | None
    global_request_id: str | None
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    first_known_at: dt.datetime
    port_id: str | None
    outcome_unknown: bool


class Listing(NamedTuple):
    """The list of an instance's NICs in a versioned notification of an attach or detach."""

    message_id: str
    correlation_id: str
    phase: str
    occurred_at: dt.datetime
    nics: tuple[Nic, ...]
    instance_id: str
    instance_name: str | None
    project_id: str | None
    compute_host: str | None
    region: str | None


class Sighting(NamedTuple):
    """What a sighting reports of ports, all else left out; as in an event."""

    message_id: str
    event_type: str
    global_request_id: str | None
    occurred_at: dt.datetime
    nics: tuple[Nic, ...]


class Change(Struct, frozen=True, gc=False, eq=False):
    """A port that came to an instance, or went, between two moments of Nova's clock."""

    port_id: str
    nic: Nic
    since_at: dt.datetime
    until_at: dt.datetime
    global_request_id: str | None = None
    # Whether it is known where the port was before.
    is_certain: bool = True
    # Whether the port was on the instance before.
    is_return: bool = False
