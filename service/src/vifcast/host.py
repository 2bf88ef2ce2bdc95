"""Compute hosts, and how the vifcast-nova on each is doing, as plain values."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class PluginState(StrEnum):
    """What vifcast-nova says of itself."""

    ON = "on"
    OFF = "off"
    HAND_PATCHED = "hand_patched"


class HostState(StrEnum):
    """Whether the NICs of a compute host are reported."""

    COVERED = "covered"
    SILENT = "silent"
    OFF = "off"
    HAND_PATCHED = "hand_patched"
    UNREPORTED = "unreported"


class LaneState(StrEnum):
    """What came of the outbox's last letters at the lane, as vifcast-nova reports it."""

    USED = "used"
    ABSENT = "absent"
    UNBOUND = "unbound"
    REFUSED = "refused"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    OFF = "off"
    UNKNOWN = "unknown"


class Lane(Struct, frozen=True, gc=False, kw_only=True):
    """vifcast's own durable exchange, as a compute host uses it."""

    exchange: str
    state: LaneState
    reason: str | None


class Outbox(Struct, frozen=True, gc=False, kw_only=True):
    """What waits on a compute host to be sent; ``sent`` and ``dropped`` since its start.

    ``is_direct``: its directory cannot be used, so that what waits is in memory only.
    """

    directory: str | None
    depth: int
    bytes: int
    oldest_age_s: float | None
    sent: int
    dropped: int
    is_direct: bool


class HostReport(Struct, frozen=True, gc=False, kw_only=True):
    """How the vifcast-nova in one nova-compute said it was doing.

    ``reported_at`` is by the host's clock, but never later than ``received_at``: a clock
    that was ahead would otherwise outlast its correction. From ``silent_at`` on the
    host counts as silent unless it reports again. ``lane`` is None where there is no outbox, and
    from a vifcast-nova that knows no lane. ``region`` is that of the broker: each of two regions
    can have a host of this name.
    """

    host: str
    message_id: str
    reported_at: dt.datetime
    received_at: dt.datetime
    silent_at: dt.datetime
    state: PluginState
    reason: str | None
    vifcast_nova: str
    nova: str
    python: str
    oslo_messaging: str
    hooks: tuple[str, ...]
    interval_s: int
    started_at: dt.datetime
    outbox: Outbox | None
    lane: Lane | None = None
    region: str | None = None

    @property
    def uses_lane(self) -> bool:
        """Whether a restart of RabbitMQ loses nothing that this host sends."""
        return self.lane is not None and self.lane.state is LaneState.USED


class Host(Struct, frozen=True, gc=False, kw_only=True):
    """A compute host of a region at one moment.

    ``last_event_at`` is None where it never reported a NIC, ``report`` where it never
    reported.
    """

    host: str
    state: HostState
    last_event_at: dt.datetime | None
    report: HostReport | None
    region: str | None = None
