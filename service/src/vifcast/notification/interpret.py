"""A body from the bus to an Event, a HostReport, a Probe, nothing, or a dead letter."""

import datetime as dt
import hashlib

from vifcast.errors import NotificationError
from vifcast.model import DeadLetter, Event, HostReport
from vifcast.notification.envelope import REPORT_EVENT_TYPE, decode, is_nic_event_type
from vifcast.notification.normalise import normalise
from vifcast.notification.probe import PROBE_EVENT_TYPE, Probe, read_probe
from vifcast.notification.redact import redact
from vifcast.notification.relevance import is_skippable
from vifcast.notification.report import read_report


def interpret(
    body: bytes, received_at: dt.datetime, max_body_bytes: int
) -> Event | HostReport | Probe | None:
    """What the body tells, or None where it is about something else.

    Raises NotificationError where it is not a notification that we understand.
    """
    if len(body) > max_body_bytes:
        raise NotificationError(
            "too_large",
            f"the body has {len(body)} bytes; [ingest] max_body_bytes is {max_body_bytes}",
        )
    if is_skippable(body):
        return None
    notification = decode(body)
    if is_nic_event_type(notification.event_type):
        return normalise(notification, received_at)
    if notification.event_type == REPORT_EVENT_TYPE:
        return read_report(notification, received_at)
    if notification.event_type == PROBE_EVENT_TYPE:
        return read_probe(notification, received_at)
    return None


def dead_letter(
    body: bytes,
    error: NotificationError,
    routing_key: str,
    received_at: dt.datetime,
    keep_bytes: int,
) -> DeadLetter:
    """What is kept of a body that cannot be understood."""
    return DeadLetter(
        reason_code=error.code,
        reason=str(error),
        routing_key=routing_key,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        body=redact(body[:keep_bytes])[:keep_bytes],
        received_at=received_at,
    )
