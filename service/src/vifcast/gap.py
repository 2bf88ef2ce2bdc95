"""Gaps: spans of time in which something may have happened that vifcast was not informed of."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct

from vifcast.model import Source


class GapReason(StrEnum):
    """Why a span is a gap; docs/gaps.md explains each."""

    DISCONNECTED = "disconnected"
    NOT_RUNNING = "not_running"
    UNBOUND = "unbound"
    QUEUE_OVERFLOW = "queue_overflow"
    QUEUE_LOST = "queue_lost"
    HOST_DROPPED = "host_dropped"
    HOST_SILENT = "host_silent"
    HOST_OFF = "host_off"


class Gap(Struct, frozen=True, gc=False, kw_only=True):
    """What these sources sent between two moments may be missing.

    ``region`` is None for all regions, ``hosts`` for all hosts, ``to_at`` while the gap is open.
    ``reconciled_at`` is when the ledger was last compared with the cloud after the end. ``id`` is
    None where the gap is not a row: a host that is silent now.
    """

    id: int | None = None
    from_at: dt.datetime
    to_at: dt.datetime | None
    reason: GapReason
    sources: tuple[Source, ...]
    hosts: tuple[str, ...] | None
    detail: str
    reconciled_at: dt.datetime | None = None
    region: str | None = None


class GapNote(Struct, frozen=True, gc=False):
    """A gap to be kept; ``subject`` names what was not seen, in every process the same.

    Without ``to_at`` it opens the gap of this subject and reason, with it, it closes it.
    ``hosts_without_lane``: the gap is that of the hosts whose lane is not used.
    """

    subject: str
    gap: Gap
    hosts_without_lane: bool = False


class GapWithdrawn(Struct, frozen=True, gc=False):
    """Nothing was lost after all: the open gap of this subject and reason goes."""

    subject: str
    reason: GapReason
