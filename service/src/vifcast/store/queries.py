"""What can be asked of the store, and how an answer is cut into pages.

A cursor is the position of the last item given; a caller passes it on unread.
"""

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from vifcast.errors import InvalidValueError
from vifcast.gap import GapReason
from vifcast.host import HostState
from vifcast.model import Action, Phase, Source, Status
from vifcast.subscription.delivery import DeliveryState

T = TypeVar("T")

MAX_LIMIT = 1000

# The databases' integers have 64 bits; a greater one cannot be asked for.
MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor after the last of them.

    ``next_cursor`` is None when there is nothing after; when items are read
    oldest first it is always set, because more may come.
    """

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Conditions on events; None is no condition. Addresses in canonical spelling.

    Of every query: an empty ``region`` asks for what has none.
    In this and the next two, ``network`` is the id or the label of a network, ``request_id`` the
    request's own id or its global one. ``instance_name`` asks for the instances that operations
    or attachments have by this name.
    """

    instance: str | None = None
    instance_name: str | None = None
    port: str | None = None
    ip: str | None = None
    mac: str | None = None
    host: str | None = None
    network: str | None = None
    vnic_type: str | None = None
    project: str | None = None
    request_id: str | None = None
    source: Source | None = None
    error_class: str | None = None
    event_type: str | None = None
    action: Action | None = None
    phase: Phase | None = None
    operation: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationQuery:
    """Conditions on operations; None is no condition.

    ``ip`` asks for those of which an event names this address, or that began or ended an
    attachment which had it. ``source`` asks for those of which it reported an event.
    """

    instance: str | None = None
    instance_name: str | None = None
    port: str | None = None
    ip: str | None = None
    mac: str | None = None
    host: str | None = None
    network: str | None = None
    vnic_type: str | None = None
    project: str | None = None
    request_id: str | None = None
    source: Source | None = None
    error_class: str | None = None
    action: Action | None = None
    status: Status | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentQuery:
    """Conditions on attachments.

    ``at`` asks for those in force at a moment, ``since`` and ``until`` for those that overlap
    that span, ``is_open`` for those that have no end, or that have one. ``host`` is a compute
    host on which they ever were; together with ``at``, at that moment. ``request_id`` is of the
    operation that began or ended them.
    """

    instance: str | None = None
    instance_name: str | None = None
    port: str | None = None
    ip: str | None = None
    mac: str | None = None
    host: str | None = None
    network: str | None = None
    vnic_type: str | None = None
    project: str | None = None
    request_id: str | None = None
    at: dt.datetime | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    is_open: bool | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineQuery:
    """The instance or the port whose timeline it is; conditions on it, where None is none."""

    instance: str | None = None
    port: str | None = None
    project: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostQuery:
    """Conditions on hosts; None is no condition, and so is no state.

    ``host_part`` is a part of the name, in whatever case.
    """

    host: str | None = None
    host_part: str | None = None
    states: tuple[HostState, ...] = ()
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapQuery:
    """Conditions on gaps; None is no condition.

    ``at`` asks for those that contain a moment, ``since`` and ``until`` for those that overlap
    that span, ``hosts`` for those that are about any of these. ``regions`` asks for those that
    may be about any of these: those of no region, too.
    """

    at: dt.datetime | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    is_open: bool | None = None
    hosts: tuple[str, ...] | None = None
    source: Source | None = None
    reason: GapReason | None = None
    region: str | None = None
    regions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQuery:
    """Conditions on dead letters; None is no condition."""

    ids: tuple[int, ...] | None = None
    reason_code: str | None = None
    received_before: dt.datetime | None = None
    broker: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Conditions on deliveries; None is no condition. ``message`` is the id of a message."""

    subscriptions: tuple[str, ...] | None = None
    state: DeliveryState | None = None
    message: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def write_cursor(*position: object) -> str:
    """A cursor of one position."""
    text = json.dumps(position, separators=(",", ":"), default=_iso)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[object]:
    """The position in a cursor. Raises InvalidValueError where it is not one of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if not isinstance(position, list) or len(position) != len(kinds):
            raise not_ours(cursor)
        return [_read(kind, item) for kind, item in zip(kinds, position, strict=True)]
    except (binascii.Error, ValueError, TypeError):
        raise not_ours(cursor) from None


def _iso(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(value)


def _read(kind: type, item: object) -> object:
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(str(item))
    if type(item) is not kind or (isinstance(item, int) and abs(item) > MAX_INTEGER):
        raise TypeError(item)
    return item


def not_ours(cursor: str) -> InvalidValueError:
    """That a cursor is none of ours."""
    return InvalidValueError(
        f"{cursor[:60]!r} is not a cursor; pass next_cursor of the previous page, unchanged"
    )
