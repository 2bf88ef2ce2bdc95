"""A body from the bus to an Event, a HostReport, a Probe, nothing, or a dead letter."""

import datetime as dt
import hashlib
from collections.abc import Callable

from msgspec.structs import replace

from vifcast.errors import NotificationError, NotOpenedError
from vifcast.host import HostReport
from vifcast.model import DeadLetter, Event, Notification
from vifcast.notification.coding import Coding, open_body
from vifcast.notification.confidential import without_quoted
from vifcast.notification.envelope import decode, printable
from vifcast.notification.event_types import (
    EXCEPTION,
    FAULT,
    INSTANCE_LEGACY,
    INSTANCE_VERSIONED,
    LEGACY,
    MOVE_LEGACY,
    MOVE_VERSIONED,
    NEUTRON,
    PROBE,
    REPORT,
    VERSIONED,
)
from vifcast.notification.neutron import normalise_neutron
from vifcast.notification.nova_exception import normalise_exception
from vifcast.notification.nova_fault import normalise_fault
from vifcast.notification.nova_instance import (
    normalise_instance_legacy,
    normalise_instance_versioned,
)
from vifcast.notification.nova_legacy import normalise_legacy, normalise_sent
from vifcast.notification.nova_move import normalise_move
from vifcast.notification.nova_versioned import normalise_versioned
from vifcast.notification.probe import Probe, read_probe
from vifcast.notification.redact import is_text, redact
from vifcast.notification.relevance import is_skippable
from vifcast.notification.report import read_report
from vifcast.notification.republished import is_marked, may_be_marked
from vifcast.notification.strict import decode_strictly

Reader = Callable[[Notification, dt.datetime], Event | HostReport | Probe | None]

# Nova is younger, and arithmetic with times ends near the years 1 and 9999. A host whose
# clock is off by days is believed.
_FIRST_YEAR = 2000
_MAX_AHEAD = dt.timedelta(days=3653)

_READERS: dict[str, Reader] = {
    **dict.fromkeys(LEGACY, normalise_legacy),
    **dict.fromkeys(VERSIONED, normalise_versioned),
    **dict.fromkeys(FAULT, normalise_fault),
    EXCEPTION: normalise_exception,
    **dict.fromkeys(INSTANCE_LEGACY, normalise_instance_legacy),
    **dict.fromkeys(INSTANCE_VERSIONED, normalise_instance_versioned),
    **dict.fromkeys(MOVE_LEGACY | MOVE_VERSIONED, normalise_move),
    **dict.fromkeys(NEUTRON, normalise_neutron),
    REPORT: read_report,
    PROBE: read_probe,
}


def interpret(
    body: bytes, received_at: dt.datetime, max_body_bytes: int, region: str | None = None
) -> Event | HostReport | Probe | None:
    """What the body reports, or None where it is about something else.

    ``region`` is that of the broker from which it came, if that has one.

    Raises NotificationError where it is not a notification that we understand. The reason may
    quote the body; what a database does not take and what follows a secret's name is taken out.
    """
    try:
        found = _interpret(body, received_at, max_body_bytes)
    except NotificationError as error:
        raise NotificationError(error.code, without_quoted(printable(str(error)))) from None
    if region is not None and isinstance(found, Event | HostReport):
        return replace(found, region=region)
    return found


def opened(body: bytes, coding: Coding, max_body_bytes: int) -> bytes:
    """The plain body of a coded one. Raises NotOpenedError, whose text quotes no secret."""
    try:
        return open_body(body, coding, max_body_bytes)
    except NotOpenedError as error:
        reason = without_quoted(printable(str(error)))
        raise NotOpenedError(error.code, reason, error.opened) from None


def _interpret(
    body: bytes, received_at: dt.datetime, max_body_bytes: int
) -> Event | HostReport | Probe | None:
    if len(body) > max_body_bytes:
        raise NotificationError(
            "too_large",
            f"the body has {len(body)} bytes; [ingest] max_body_bytes is {max_body_bytes}",
        )
    if is_skippable(body):
        return None
    may_be_ours = may_be_marked(body)
    if not may_be_ours and (sent := decode_strictly(body)) is not None:
        _check_time(sent.notification, received_at)
        return normalise_sent(sent, received_at)
    notification = decode(body)
    read = _READERS.get(notification.event_type)
    if read is None or (may_be_ours and is_marked(notification)):
        return None
    _check_time(notification, received_at)
    return read(notification, received_at)


def _check_time(notification: Notification, received_at: dt.datetime) -> None:
    occurred_at = notification.occurred_at
    if occurred_at.year < _FIRST_YEAR or occurred_at - received_at > _MAX_AHEAD:
        raise NotificationError(
            "timestamp_invalid",
            f"timestamp is {occurred_at:%Y-%m-%d %H:%M:%S}, before {_FIRST_YEAR} or ten years "
            f"ahead; check the clocks of {notification.publisher_id} and of this machine",
        )


def _searchable(
    body: bytes, error: NotificationError, coding: Coding | None, opened: bytes | None
) -> tuple[bytes, bool]:
    """What there is of the body in which secrets can be found, and whether it is all of it."""
    plain, is_whole = body if opened is None else opened, True
    # Read in a charset that is not its own, a body is other letters.
    must_be_object = coding is not None and coding.charset is not None
    if isinstance(error, NotOpenedError):
        plain, is_whole = error.opened, False
        if not plain and not must_be_object:
            # A plain body under a wrong header; but base64 is text too, and hides secrets.
            plain, is_whole, must_be_object = body, True, True
    if coding is not None and not coding.is_text:
        return b"", False
    if must_be_object and not plain.lstrip().startswith(b"{"):
        return b"", False
    return (plain, is_whole) if is_text(plain) else (b"", False)


def dead_letter(
    body: bytes,
    error: NotificationError,
    routing_key: str,
    received_at: dt.datetime,
    keep_bytes: int,
    coding: Coding | None = None,
    opened: bytes | None = None,
    *,
    broker: str | None = None,
    region: str | None = None,
) -> DeadLetter:
    """What is kept of a body that cannot be understood; ``body`` is as it was on the bus.

    Kept is what was ``opened`` of it, a plain body otherwise, so that it can be read again
    without its coding; and nothing in which secrets cannot be found.
    """
    plain, is_whole = _searchable(body, error, coding, opened)
    blanked = redact(plain[:keep_bytes])
    return DeadLetter(
        reason_code=error.code,
        reason=str(error),
        routing_key=routing_key,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        body=blanked[:keep_bytes],
        is_whole=is_whole and max(len(plain), len(blanked)) <= keep_bytes,
        received_at=received_at,
        broker=broker,
        region=region,
    )
